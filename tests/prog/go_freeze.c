// SPDX-License-Identifier: MIT
// Shows that a parked goroutine with a deep stack and unsafe frames is frozen to its used bytes,
// thawed by ready, and finds every value again.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_g *gs[10];
static long results[10];
static _Atomic int parked;
static thrum_wg wg;

__attribute__((noinline)) static long
down(int n, int id)
{
	long v[4] = { n, id, n * id, 7 };
	long a = n + 1, b = n * 3, c = id * 5;
	long *volatile p = v;
	long r;
	if (n == 0) {
		gs[id] = thrum_self();
		parked++;
		thrum_park();
		r = 0;
	} else {
		r = down(n - 1, id);
	}
	CHECK(p[0] == n && p[1] == id && p[2] == n * id && p[3] == 7);
	return r + a + b - c - n * 4 + id * 5;
}

static void
body(void *arg)
{
	int id = (int)(intptr_t)arg;
	for (int round = 0; round < 3; round++)
		results[id] += down(id * 40 + round, id);
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_wg_add(&wg, 10);
	CHECK(thrum_freeze(thrum_self()) == -EBUSY);
	for (int i = 0; i < 10; i++)
		CHECK(thrum_go(body, (void *)(intptr_t)i) == 0);
	for (int round = 0; round < 3; round++) {
		thrum_stats s;
		do { // one that has counted itself is only about to park
			thrum_yield();
			thrum_get_stats(&s);
		} while (parked < 10 || s.waiting < 10);
		parked = 0;
		for (int i = 0; i < 10; i++) {
			thrum_stackinfo a, b;
			CHECK(thrum_stack_info(gs[i], &a) == 0);
			CHECK(!a.frozen && a.movable && a.used > 0 && a.used <= a.size);
			CHECK(thrum_freeze(gs[i]) == 0);
			CHECK(thrum_stack_info(gs[i], &b) == 0);
			CHECK(b.frozen && b.size <= a.size && b.used <= a.used);
		}
		for (int i = 9; i >= 0; i--)
			thrum_ready(gs[i]);
	}
	thrum_wg_wait(&wg);
	for (int i = 0; i < 10; i++) {
		long want = 0;
		for (int round = 0; round < 3; round++)
			want += i * 40 + round + 1;
		CHECK(results[i] == want);
	}
	puts("ok");
	return 0;
}
