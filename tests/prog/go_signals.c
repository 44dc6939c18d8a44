// SPDX-License-Identifier: MIT
// Shows that signals which arrive while goroutines recurse, yield and end run their handlers and
// disturb nothing.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <signal.h>
#include <sys/time.h>

#include "extra/check.h"

static thrum_wg wg;
static volatile sig_atomic_t ticks;

__attribute__((noinline)) static int
small(int n)
{
	char b[30];
	memset(b, n, sizeof b);
	char *volatile p = b;
	return n ? small(n - 1) + (p[29] == (char)n) : 0;
}

static void
tick(int s)
{
	ticks += small(8) == 8 && s == SIGALRM;
}

__attribute__((noinline)) static long
rec(int n, const long *up)
{
	long v[4] = { *up + 1, n };
	if (n % 16 == 0)
		thrum_yield();
	return n ? rec(n - 1, v) : v[0];
}

static void
body(void *arg)
{
	long z = (long)(intptr_t)arg;
	CHECK(rec(60, &z) == z + 61);
	thrum_wg_done(&wg);
}

int
main(void)
{
	struct itimerval it = { { 0, 400 }, { 0, 400 } };
	signal(SIGALRM, tick);
	setitimer(ITIMER_REAL, &it, NULL);
	for (int round = 0; ticks < 50 && round < 20000; round++) {
		thrum_wg_add(&wg, 20);
		for (int i = 0; i < 20; i++)
			CHECK(thrum_go(body, (void *)(intptr_t)i) == 0);
		thrum_wg_wait(&wg);
	}
	memset(&it, 0, sizeof it);
	setitimer(ITIMER_REAL, &it, NULL);
	CHECK(ticks >= 50);
	puts("ok");
	return 0;
}
