// SPDX-License-Identifier: MIT
// Shows that wait groups work: several waiters, reuse, add by running goroutines, one in a frame,
// and waiting for none.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_wg gate;
static _Atomic int released;

static void
waiter(void *arg)
{
	thrum_wg *all = arg;
	thrum_wg_wait(&gate);
	released++;
	thrum_wg_done(all);
}

struct tree { thrum_wg *wg; int depth; _Atomic long *sum; };

static void
node(void *arg)
{
	struct tree t = *(struct tree *)arg;
	free(arg);
	++*t.sum;
	if (t.depth > 0)
		for (int i = 0; i < 3; i++) {
			struct tree *c = malloc(sizeof *c);
			*c = (struct tree){ t.wg, t.depth - 1, t.sum };
			thrum_wg_add(t.wg, 1);
			CHECK(thrum_go(node, c) == 0);
		}
	thrum_yield();
	thrum_wg_done(t.wg);
}

int
main(void)
{
	thrum_wg none = { 0 }, all = { 0 }, wt = { 0 };
	thrum_wg_wait(&none);
	for (int round = 0; round < 10; round++) {
		released = 0;
		thrum_wg_add(&gate, 2);
		thrum_wg_add(&all, 50);
		for (int i = 0; i < 50; i++)
			CHECK(thrum_go(waiter, &all) == 0);
		for (int i = 0; i < 5; i++)
			thrum_yield();
		CHECK(released == 0);
		thrum_wg_done(&gate);
		thrum_yield();
		CHECK(released == 0);
		thrum_wg_done(&gate);
		thrum_wg_wait(&all);
		CHECK(released == 50);
	}
	_Atomic long sum = 0;
	struct tree *t = malloc(sizeof *t);
	*t = (struct tree){ &wt, 6, &sum };
	thrum_wg_add(&wt, 1);
	CHECK(thrum_go(node, t) == 0);
	thrum_wg_wait(&wt);
	CHECK(sum == (2187 - 1) / 2);
	puts("ok");
	return 0;
}
