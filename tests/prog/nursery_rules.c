// SPDX-License-Identifier: MIT
// Shows that nurseries work: all end before close returns, the first error counts and cancels the
// others, the limit, nested ones, goroutines that start more, and blocks that are left early.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

static _Atomic int alive, most, done_;

static int
counts(thrum_ctx *ctx, void *arg)
{
	(void)ctx;
	int now = ++alive;
	int m = most;
	while (now > m && !__atomic_compare_exchange_n((int *)&most, &m, now, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
	for (int i = 0; i < (int)(intptr_t)arg; i++)
		thrum_yield();
	alive--;
	done_++;
	return 0;
}

static int
fails(thrum_ctx *ctx, void *arg)
{
	(void)ctx;
	thrum_yield();
	return (int)(intptr_t)arg;
}

static int
waits(thrum_ctx *ctx, void *arg)
{
	(void)arg;
	CHECK(!thrum_chan_recv(thrum_ctx_done(ctx), NULL));
	CHECK(thrum_ctx_err(ctx) == -ECANCELED);
	done_++;
	return thrum_ctx_err(ctx);
}

static void
limits(void)
{
	for (int limit = 1; limit < 6; limit += 2) {
		THRUM_NURSERY(n, NULL, (uint32_t)limit);
		alive = most = done_ = 0;
		for (int i = 0; i < 50; i++)
			CHECK(thrum_nursery_go(&n, counts, (void *)(intptr_t)(i % 7)) == 0);
		CHECK(thrum_nursery_close(&n) == 0);
		CHECK(done_ == 50 && alive == 0 && most <= limit);
		CHECK(limit == 1 || most > 1);
	}
	THRUM_NURSERY(n, NULL, 2);
	CHECK(thrum_nursery_trygo(&n, waits, NULL) == 0 && thrum_nursery_trygo(&n, waits, NULL) == 0);
	CHECK(thrum_nursery_trygo(&n, waits, NULL) == -EAGAIN);
	thrum_ctx_cancel(thrum_nursery_ctx(&n));
	CHECK(thrum_nursery_close(&n) == -ECANCELED);
}

static void
errors(void)
{
	thrum_nursery n; // by hand, used twice
	for (int round = 0; round < 2; round++) {
		CHECK(thrum_nursery_open(&n, NULL, 0) == 0);
		done_ = 0;
		for (int i = 0; i < 10; i++)
			CHECK(thrum_nursery_go(&n, waits, NULL) == 0);
		CHECK(thrum_nursery_go(&n, fails, (void *)(intptr_t)-7) == 0);
		thrum_ctx *c = thrum_ctx_retain(thrum_nursery_ctx(&n));
		CHECK(thrum_nursery_close(&n) == -7);
		CHECK(done_ == 10 && thrum_ctx_cause(c) == -7);
		thrum_ctx_release(c);
	}
}

static int
spawns(thrum_ctx *ctx, void *arg)
{
	thrum_nursery *n = arg;
	(void)ctx;
	for (int i = 0; i < 3; i++)
		CHECK(thrum_nursery_go(n, counts, (void *)3) == 0);
	return 0;
}

static int
inner(thrum_ctx *ctx, void *arg)
{
	intptr_t depth = (intptr_t)arg;
	THRUM_NURSERY(n, ctx, 0);
	for (int i = 0; i < 3; i++)
		CHECK(thrum_nursery_go(&n, depth > 0 ? inner : waits, (void *)(depth - 1)) == 0);
	return thrum_nursery_close(&n);
}

static void
nested(void)
{
	THRUM_NURSERY(n, NULL, 0);
	done_ = 0;
	for (int i = 0; i < 5; i++)
		CHECK(thrum_nursery_go(&n, spawns, &n) == 0);
	CHECK(thrum_nursery_close(&n) == 0 && done_ == 15);
	CHECK(thrum_nursery_open(&n, NULL, 0) == 0);
	done_ = 0;
	CHECK(thrum_nursery_go(&n, inner, (void *)2) == 0);
	for (int i = 0; i < 20; i++)
		thrum_yield();
	CHECK(thrum_nursery_go(&n, fails, (void *)99) == 0);
	CHECK(thrum_nursery_close(&n) == 99);
	CHECK(done_ == 27);
}

static int
early(int how)
{
	THRUM_NURSERY(n, NULL, 0);
	for (int i = 0; i < 4; i++)
		CHECK(thrum_nursery_go(&n, waits, NULL) == 0);
	if (how == 0)
		return 1; // cancels and waits
	if (how == 1)
		thrum_panic("out");
	thrum_goexit();
}

static thrum_wg wg;

static void
exits(void *unused)
{
	(void)unused;
	THRUM_DEFER(thrum_wg_done, &wg);
	early(2);
}

int
main(void)
{
	limits();
	errors();
	nested();
	done_ = 0;
	CHECK(early(0) == 1 && done_ == 4);
	THRUM_TRY {
		early(1);
	} THRUM_CATCH(p) {
		CHECK(strcmp(p->text, "out") == 0 && done_ == 8);
	}
	CHECK(done_ == 8);
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(exits, NULL) == 0);
	thrum_wg_wait(&wg);
	CHECK(done_ == 12);
	{
		THRUM_NURSERY(n, NULL, 0); // none at all
		CHECK(thrum_nursery_close(&n) == 0);
	}
	puts("ok");
	return 0;
}
