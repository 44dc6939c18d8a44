// SPDX-License-Identifier: MIT
// Shows that the figures of thrum_get_stats count spawns, switches, moves and callbacks, and that a
// trim gives back only what is unused.
// env: THRUM_PROCS=1
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_wg wg;

static int
cmp(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

__attribute__((noinline)) static long
rec(int n, const long *up)
{
	long v[4] = { *up + 1, n };
	volatile long w[6] = { n, n, n, n, n, n };
	return (n ? rec(n - 1, v) : v[0]) + w[5] - n;
}

static void
body(void *arg)
{
	long z = 0;
	(void)arg;
	thrum_yield();
	CHECK(rec(300, &z) == 301);
	thrum_yield();
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_stats a, b;
	thrum_get_stats(&a);
	thrum_wg_add(&wg, 25);
	for (int i = 0; i < 25; i++)
		CHECK(thrum_go(body, NULL) == 0);
	thrum_get_stats(&b);
	CHECK(b.spawned == a.spawned + 25 && b.goroutines == a.goroutines + 25);
	thrum_wg_wait(&wg);
	thrum_yield();
	thrum_get_stats(&b);
	CHECK(b.goroutines == a.goroutines && b.switches >= a.switches + 25);
	CHECK(b.copies > a.copies);
	CHECK(b.stack_bytes > 0 && b.stack_mapped >= b.stack_bytes);
	int v[20];
	for (int i = 0; i < 20; i++)
		v[i] = 20 - i;
	thrum_get_stats(&a);
	qsort(v, 20, sizeof v[0], cmp);
	thrum_get_stats(&b);
	CHECK(b.foreign >= a.foreign + 19 && v[0] == 1 && v[19] == 20);
	(void)thrum_stack_trim();
	long z = 4;
	CHECK(rec(400, &z) == 405);
	puts("ok");
	return 0;
}
