// SPDX-License-Identifier: MIT
// Shows that 200,000 goroutines, started and ended in batches, give their memory back.
// levels: O0 O2
// env: THRUM_PROCS=1
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_wg wg;
static _Atomic long sum;

static void
body(void *arg)
{
	int own[8] = { (int)(intptr_t)arg };
	int *volatile p = own;
	sum += p[0];
	thrum_wg_done(&wg);
}

static void
batch(int n)
{
	thrum_wg_add(&wg, n);
	for (int i = 0; i < n; i++)
		CHECK(thrum_go(body, (void *)(intptr_t)i) == 0);
	thrum_wg_wait(&wg);
	thrum_yield();
}

int
main(void)
{
	thrum_stats a, b;
	batch(1000);
	batch(1000);
	thrum_get_stats(&a);
	for (int i = 0; i < 198; i++)
		batch(1000);
	thrum_get_stats(&b);
	CHECK(sum == 200L * 1000 * 999 / 2);
	CHECK(b.goroutines == 1 && b.spawned - a.spawned == 198000);
	CHECK(b.stack_mapped <= a.stack_mapped * 2 + (4 << 20));
	CHECK(b.unsafe_bytes <= a.unsafe_bytes * 2 + (1 << 20));
	puts("ok");
	return 0;
}
