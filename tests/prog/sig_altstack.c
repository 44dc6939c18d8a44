// SPDX-License-Identifier: MIT
// Shows that a handler on an alternate stack set by the program runs, and that the program reads
// back what it has set.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile int hits, sum;

__attribute__((noinline)) static int
deep(int n)
{
	char b[40];
	memset(b, n, sizeof b);
	char *volatile p = b;
	return n ? deep(n - 1) + (p[39] == (char)n) : 0;
}

static void
on(int s)
{
	char big[3000];
	memset(big, s, sizeof big);
	char *volatile p = big;
	hits += p[2999] == s;
	sum += deep(50);
}

int
main(void)
{
	stack_t st, old;
	struct sigaction sa;
	memset(&st, 0, sizeof st);
	st.ss_size = 128 * 1024;
	st.ss_sp = malloc(st.ss_size);
	if (sigaltstack(&st, NULL))
		return 1;
	memset(&sa, 0, sizeof sa);
	sa.sa_handler = on;
	sa.sa_flags = SA_ONSTACK;
	sigaction(SIGUSR1, &sa, NULL);
	for (int i = 0; i < 30; i++) {
		raise(SIGUSR1);
		if (deep(i * 10) != i * 10)
			return 2;
	}
	if (sigaltstack(NULL, &old))
		return 3;
	printf("%d %d %d %d\n", hits, sum, old.ss_sp == st.ss_sp, old.ss_size == st.ss_size);
	return 0;
}
