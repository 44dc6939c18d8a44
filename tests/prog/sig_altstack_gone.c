// SPDX-License-Identifier: MIT
//
// Shows the message when a bare system call takes the thread's alternate stack away: the next
// signal of the runtime's comes on the goroutine's own stack, which is large enough for it here.
//
// thrum-only
// modes: normal (where the stack moves, its room is not for certain)
// want: fatal error: a signal arrived on a goroutine's stack, which is too small for handlers: a direct system call has disabled the thread's alternate signal stack. Call libc's sigaltstack instead
// env: THRUM_QUANTUM=1ms

#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <thrum.h>

static __attribute__((noinline)) long
room(long n)
{
	long r = n == 0 ? 0 : room(n - 1);
	__asm__ volatile("" : "+r"(r));
	return r + n;
}

static void
spinner(void *arg)
{
	(void)arg;
	room(3000);
	stack_t off = {.ss_flags = SS_DISABLE};
	syscall(SYS_sigaltstack, &off, NULL);
	for (;;)
		__asm__ volatile("");
}

int
main(void)
{
	for (int i = 0; i < 4; i++)
		if (thrum_go(spinner, NULL) != 0)
			return 1;
	for (;;)
		thrum_sleep(1000000);
}
