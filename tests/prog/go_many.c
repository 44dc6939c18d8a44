// SPDX-License-Identifier: MIT
// Shows that 1000 goroutines keep their locals, which recurse to different depths with yields on
// the way down and up. A wait group joins them.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_wg wg;
static _Atomic long total;

__attribute__((noinline)) static long
rec(int n, int id, const long *up)
{
	long v[3] = { *up + 1, id, n };
	if (n % 16 == id % 16)
		thrum_yield();
	long r = n ? rec(n - 1, id, v) : v[0];
	if (n % 32 == id % 32)
		thrum_yield();
	CHECK(v[1] == id && v[2] == n && v[0] == *up + 1);
	return r;
}

static void
body(void *arg)
{
	int id = (int)(intptr_t)arg;
	long z = id;
	int depth = id % 97;
	CHECK(rec(depth, id, &z) == id + depth + 1);
	total += depth;
	thrum_wg_done(&wg);
}

int
main(void)
{
	long want = 0;
	thrum_wg_add(&wg, 1000);
	for (int i = 0; i < 1000; i++) {
		want += i % 97;
		CHECK(thrum_go(body, (void *)(intptr_t)i) == 0);
	}
	thrum_wg_wait(&wg);
	CHECK(total == want);
	puts("ok");
	return 0;
}
