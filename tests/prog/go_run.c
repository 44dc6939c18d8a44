// SPDX-License-Identifier: MIT
// Shows that thrum_run may be called several times from a main that stays on the thread's own
// stack. Unfinished goroutines continue in the next run.
// cflags: -fno-thrum-main
// env: THRUM_PROCS=1
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_wg wg;
static long ticks;
static int stop;

__attribute__((noinline)) static int
deep(int n)
{
	char b[60];
	memset(b, n, sizeof b);
	char *volatile p = b;
	return n ? deep(n - 1) + (p[59] == (char)n) : 0;
}

static void
ticker(void *arg)
{
	int *first = arg;
	CHECK(*first == 99);
	while (!stop) {
		ticks++;
		CHECK(deep(30) == 30);
		thrum_yield();
	}
	thrum_wg_done(&wg);
}

static int
session(void *arg)
{
	int n = *(int *)arg;
	long before = ticks;
	CHECK(thrum_self() != NULL);
	CHECK(thrum_run(session, arg, NULL) == -EBUSY || n < 0);
	while (ticks == before)
		thrum_yield();
	CHECK(deep(n * 100) == n * 100);
	return n * 7;
}

static int
last(void *arg)
{
	(void)arg;
	stop = 1;
	thrum_wg_wait(&wg);
	return 1;
}

int
main(void)
{
	static int ninety_nine = 99;
	int status = -1;
	CHECK(thrum_self() == NULL && thrum_goid(NULL) == 0);
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(ticker, &ninety_nine) == 0);
	for (int i = 1; i <= 4; i++) {
		int n = i;
		CHECK(thrum_run(session, &n, &status) == 0 && status == i * 7);
		CHECK(thrum_self() == NULL);
		CHECK(deep(200) == 200);
	}
	CHECK(thrum_run(last, NULL, NULL) == 0);
	thrum_stackinfo si;
	CHECK(thrum_stack_info(NULL, &si) == -EINVAL);
	puts("ok");
	return 0;
}
