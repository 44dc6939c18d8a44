// SPDX-License-Identifier: MIT
// Shows that sigset and ssignal work as in libc, and that their handlers too run on the alternate
// stack.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile int got, elsewhere;

static void
handler(int sig)
{
	stack_t s;
	if (sigaltstack(NULL, &s) == 0 && s.ss_flags & SS_ONSTACK)
		elsewhere++;
	got = sig;
}

int
main(void)
{
	struct sigaction a;
	printf("%d\n", sigset(SIGUSR1, handler) == SIG_DFL);
	raise(SIGUSR1);
	printf("%d\n", got == SIGUSR1);
	got = 0;
	printf("%d\n", sigset(SIGUSR1, SIG_HOLD) == handler);
	raise(SIGUSR1);
	printf("%d\n", got);
	printf("%d\n", sigset(SIGUSR1, handler) == SIG_HOLD);
	printf("%d\n", got == SIGUSR1);
	printf("%d\n", ssignal(SIGUSR2, handler) == SIG_DFL);
	raise(SIGUSR2);
	printf("%d\n", got == SIGUSR2);
#ifdef __THRUM__
	if (elsewhere != 3)
		abort();
#endif
	if (sigaction(SIGUSR2, NULL, &a) < 0)
		abort();
	printf("%d\n", (a.sa_flags & SA_ONSTACK) != 0); // the program has not asked for it
	printf("%d\n", sigset(9999, handler) == SIG_ERR);
	return 0;
}
