// SPDX-License-Identifier: MIT
//
// Shows that a handler which takes a big frame may come at any instruction of code that takes one,
// while big frames that are no longer in use lie about: the handler unmaps those. The processor
// traps after each instruction, and the handler takes its frame once, each time one instruction
// later.
//
// thrum-only
// levels: O0 O2
// out: ok

#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "extra/steps.h"

#define MOST 250 // instructions; the slow way of a big frame has fewer

static volatile long at, trapped, stepping;

#define TAKES(name, size) \
	static __attribute__((noinline)) void name(int n) \
	{ \
		volatile char b[size]; \
		volatile char *volatile p = b; \
		p[0] = p[(size) - 1] = (char)(n + 1); \
		if (n > 0) \
			name(n - 1); \
		if (p[0] != (char)(n + 1) || p[(size) - 1] != (char)(n + 1)) \
			abort(); \
	}
TAKES(big, 40000)
TAKES(other, 400000)

static void
trap(int sig, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs, *flags = &r[REG_EFL];
	(void)info;
	(void)sig;
	if (++trapped == at)
		other(1);
	if (!stepping || trapped >= at || blocks(r))
		*flags &= ~(greg_t)TF;
}

int
main(void)
{
	struct sigaction a = {.sa_sigaction = trap, .sa_flags = SA_SIGINFO};
	alarm(100);
	sigaction(SIGTRAP, &a, NULL);
	do {
		at++;
		big(2);
		trapped = 0;
		stepping = 1;
		__asm__ volatile("pushfq\n\torq %0, (%%rsp)\n\tpopfq" : : "i"(TF) : "memory", "cc");
		big(0);
		stepping = 0;
	} while (trapped >= at && at < MOST);
	if (at < 50)
		printf("%ld instructions\n", at);
	puts("ok");
	return 0;
}
