// SPDX-License-Identifier: MIT
// Shows that callbacks from a gcc object grow, yield and spawn inside goroutines, nested, while the
// foreign frames below stay whole.
// extra: go_callback_x.c=gcc
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

long foreign_keep(long (*fn)(long, void *), long n, void *arg);
static thrum_wg wg;
static _Atomic int extra_done;

struct state { int id, calls; };

__attribute__((noinline)) static long
rec(int n, const long *up)
{
	long v[5] = { *up + 1, n };
	if (n == 50)
		thrum_yield();
	return n ? rec(n - 1, v) : v[0];
}

static void
spawned(void *arg)
{
	thrum_wg *w = arg;
	extra_done++;
	thrum_wg_done(w);
}

static long
cb(long n, void *arg)
{
	struct state *s = arg, mine = *s;
	long z = n;
	s->calls++;
	CHECK(rec(100, &z) == n + 101);
	if (n == 0) {
		thrum_wg w = { 0 };
		thrum_wg_add(&w, 2);
		CHECK(thrum_go(spawned, &w) == 0);
		CHECK(thrum_go(spawned, &w) == 0);
		thrum_wg_wait(&w);
		return mine.id;
	}
	return foreign_keep(cb, n - 1, arg) + z;
}

static void
body(void *arg)
{
	struct state s = { (int)(intptr_t)arg, 0 };
	long r = foreign_keep(cb, 5, &s);
	long want = s.id;
	for (long n = 0; n <= 5; n++)
		want += n + n * 22 + 7;
	CHECK(s.calls == 6 && r == want);
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_wg_add(&wg, 6);
	for (int i = 0; i < 6; i++)
		CHECK(thrum_go(body, (void *)(intptr_t)i) == 0);
	thrum_wg_wait(&wg);
	CHECK(extra_done == 12);
	puts("ok");
	return 0;
}
