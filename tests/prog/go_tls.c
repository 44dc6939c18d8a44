// SPDX-License-Identifier: MIT
// Shows that the address and the value of a _Thread_local variable stay right over yields and deep
// calls on one thread.
// env: THRUM_PROCS=1
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_wg wg;
static _Thread_local long shared_count = 5;
static _Thread_local char buf[300];

__attribute__((noinline)) static void
bump(int n)
{
	long v[4] = { n };
	long *volatile p = v;
	if (n % 10 == 0)
		thrum_yield();
	shared_count++;
	buf[n % 300]++;
	if (n)
		bump(n - 1);
	CHECK(p[0] == n);
}

static void
body(void *arg)
{
	(void)arg;
	thrum_yield();
	bump(50);
	thrum_yield();
	long *p = &shared_count;
	*p += 1;
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_wg_add(&wg, 50);
	for (int i = 0; i < 50; i++)
		CHECK(thrum_go(body, NULL) == 0);
	thrum_wg_wait(&wg);
	CHECK(shared_count == 5 + 50 * 52);
	CHECK(buf[0] == 50 && buf[50] == 50 && buf[51] == 0);
	puts("ok");
	return 0;
}
