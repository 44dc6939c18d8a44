// SPDX-License-Identifier: MIT
// Shows that a signal handler may siglongjmp out, from raise in deep recursion, many times, with
// the mask restored.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static sigjmp_buf env;

static void
on_usr1(int sig)
{
	char big[400];
	memset(big, sig, sizeof big);
	siglongjmp(env, big[399] == sig ? 9 : 1);
}

__attribute__((noinline)) static int
deep(int n)
{
	int a[8];
	a[n % 8] = n;
	int *volatile p = a;
	if (n == 0)
		raise(SIGUSR1);
	return n < 0 ? n : deep(n - 1) + p[n % 8];
}

int
main(void)
{
	struct sigaction sa;
	memset(&sa, 0, sizeof sa);
	sa.sa_handler = on_usr1;
	sigaction(SIGUSR1, &sa, NULL);
	int hits[3] = { 0, 0, 0 };
	int *ph = hits;
	for (volatile int i = 0; i < 60; i++) {
		int r = sigsetjmp(env, 1);
		if (r == 0)
			deep(i * 5);
		ph[i % 3] += r;
	}
	printf("%d %d %d\n", hits[0], hits[1], hits[2]);
	return 0;
}
