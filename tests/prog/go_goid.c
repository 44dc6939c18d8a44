// SPDX-License-Identifier: MIT
// Shows that goroutine numbers are unique, 1 for main, and that thrum_self is stable over yields
// and growth.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_wg wg;
static uint64_t ids[500];

__attribute__((noinline)) static uint64_t
deep_id(int n)
{
	char b[50];
	char *volatile p = b;
	p[0] = (char)n;
	return n ? deep_id(n - 1) + (p[0] != (char)n) : thrum_goid(thrum_self());
}

static void
body(void *arg)
{
	int i = (int)(intptr_t)arg;
	thrum_g *me = thrum_self();
	ids[i] = thrum_goid(me);
	thrum_yield();
	CHECK(me == thrum_self() && deep_id(40) == ids[i]);
	thrum_wg_done(&wg);
}

static int
cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

int
main(void)
{
	CHECK(thrum_goid(thrum_self()) == 1);
	for (int r = 0; r < 5; r++) {
		thrum_wg_add(&wg, 100);
		for (int i = 0; i < 100; i++)
			CHECK(thrum_go(body, (void *)(intptr_t)(r * 100 + i)) == 0);
		thrum_wg_wait(&wg);
	}
	qsort(ids, 500, sizeof ids[0], cmp);
	CHECK(ids[0] > 1);
	for (int i = 1; i < 500; i++)
		CHECK(ids[i] != ids[i - 1]);
	CHECK(thrum_goid(thrum_self()) == 1);
	puts("ok");
	return 0;
}
