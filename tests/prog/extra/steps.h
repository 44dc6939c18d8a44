// SPDX-License-Identifier: MIT
//
// steps.h - for programs that trap after each instruction.

#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>

#define TF 0x100 // of rflags: trap after each instruction

// A trap while the signal is blocked ends the process: no steps from where code blocks signals
// until somebody begins again.
static int
blocks(const greg_t *r)
{
	const unsigned char *pc = (const unsigned char *)r[REG_RIP];
	return pc[0] == 0x0f && pc[1] == 0x05 && r[REG_RAX] == SYS_rt_sigprocmask;
}
