// SPDX-License-Identifier: MIT
// Shows that 100000 goroutines can be alive at once within a few KB each. Each has a local that it
// finds again after it was parked.
// levels: O0 O2
// thrum-only
// memory: 900 (100,000 goroutines with a local at a time)
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_wg wg;
static thrum_g *gs[100000];
static _Atomic long sum;
static _Atomic int started;

static void
body(void *arg)
{
	int id = (int)(intptr_t)arg, own = id * 3;
	int *volatile p = &own;
	gs[id] = thrum_self();
	started++;
	thrum_park();
	CHECK(*p == id * 3);
	sum += own;
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_stats st;
	enum { n = 100000 };
	thrum_wg_add(&wg, n);
	for (int i = 0; i < n; i++)
		CHECK(thrum_go(body, (void *)(intptr_t)i) == 0);
	while (started < n)
		thrum_yield();
	thrum_yield();
	thrum_get_stats(&st);
	CHECK(st.goroutines == n + 1);
	CHECK(st.stack_bytes / n <= 8192);
	for (int i = 0; i < n; i++) {
		CHECK(gs[i] != NULL);
		thrum_ready(gs[i]);
	}
	thrum_wg_wait(&wg);
	CHECK(sum == 3L * n * (n - 1) / 2);
	puts("ok");
	return 0;
}
