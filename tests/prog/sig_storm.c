// SPDX-License-Identifier: MIT
// Shows that a storm of timer signals during deep recursion, with growing stack and library calls,
// disturbs nothing.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

static volatile sig_atomic_t ticks;

__attribute__((noinline)) static int
small(int n)
{
	char b[24];
	memset(b, n, sizeof b);
	char *volatile p = b;
	return n ? small(n - 1) + (p[0] == (char)n) : 0;
}

static void
tick(int s)
{
	if (small(10) == 10)
		ticks += s == SIGALRM;
}

static int
cmp(const void *a, const void *b)
{
	int t[2] = { *(const int *)a, *(const int *)b };
	int *volatile p = t;
	return p[0] - p[1];
}

__attribute__((noinline)) static long
rec(int n, const long *up)
{
	long v[4] = { *up + n, n, 2, 3 };
	double x = n * 0.25, y = x * 3;
	long r = n ? rec(n - 1, v) : v[0];
	return r + (long)(y - 3 * x) + v[1] - n;
}

int
main(void)
{
	struct sigaction sa;
	struct itimerval it = { { 0, 300 }, { 0, 300 } };
	memset(&sa, 0, sizeof sa);
	sa.sa_handler = tick;
	sa.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	int bad = 0;
	long rounds = 0;
	while (ticks < 40 && rounds < 2000000) {
		long z = 7;
		int v[40];
		rounds++;
		bad += rec(150, &z) != 7 + 150 * 151 / 2;
		for (int i = 0; i < 40; i++)
			v[i] = i * 11 % 40;
		qsort(v, 40, sizeof v[0], cmp);
		for (int i = 0; i < 40; i++)
			bad += v[i] != i;
	}
	memset(&it, 0, sizeof it);
	setitimer(ITIMER_REAL, &it, NULL);
	printf("bad %d, %s\n", bad, ticks >= 40 ? "stormed" : "calm");
	return bad != 0;
}
