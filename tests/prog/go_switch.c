// SPDX-License-Identifier: MIT
// Shows that the bare switch works in its forms: leaf coroutines on stacks of their own pass values
// round and keep their live values.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <thrum/switch.h>

#include "extra/check.h"

enum { N = 8, ROUNDS = 2000 };
static thrum_gobuf bufs[N], back;
static long counts[N], acc;
static _Alignas(64) char stacks[N][16384];

// The coroutines run on memory of ours, so they have no stack check.
THRUM_NOSPLIT static void
co(void *arg)
{
	long id = (long)(intptr_t)arg, a = id, b = id * 3, c = id * 5;
	double d = (double)id;
	for (;;) {
		counts[id]++;
		acc += a + b - c + id;
		a++;
		b += 2;
		c += 3;
		d += 0.5;
		if (d != (double)id + 0.5 * (double)counts[id])
			acc += 1L << 40;
		if (id % 2)
			thrum_switch(&bufs[id], id == N - 1 ? &back : &bufs[id + 1]);
		else
			thrum_switch_sysv(&bufs[id], &bufs[id + 1]);
	}
}

#ifdef THRUM_HAVE_SWITCH_CALL
static thrum_gobuf one, two;
THRUM_NOSPLIT static void
called(void *arg)
{
	long *n = arg;
	for (;;) {
		++*n;
		thrum_switch_call(&two, &one);
	}
}
#endif

int
main(void)
{
	long x = 11, y = 22;
	for (int i = 0; i < N; i++)
		thrum_gobuf_init(&bufs[i], stacks[i], sizeof stacks[i], co, (void *)(intptr_t)i);
	for (int r = 0; r < ROUNDS; r++) {
		if (r % 2)
			thrum_switch(&back, &bufs[0]);
		else
			thrum_switch_sysv(&back, &bufs[0]);
		x++;
		y += 2;
	}
	for (int i = 0; i < N; i++)
		CHECK(counts[i] == ROUNDS);
	CHECK(acc == 0 && x == 11 + ROUNDS && y == 22 + 2 * ROUNDS);
#ifdef THRUM_HAVE_SWITCH_CALL
	static long n;
	static _Alignas(64) char st[8192];
	thrum_gobuf_init(&two, st, sizeof st, called, &n);
	for (int r = 0; r < ROUNDS; r++)
		thrum_switch_call(&one, &two);
	CHECK(n == ROUNDS);
#endif
	puts("ok");
	return 0;
}
