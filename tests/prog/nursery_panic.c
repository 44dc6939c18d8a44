// SPDX-License-Identifier: MIT
// Shows that a panic in a goroutine of a nursery cancels the others and comes up in the goroutine
// that closes the nursery; also thrum_goexit in one.
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

static _Atomic int done_;

static int
waits(thrum_ctx *ctx, void *arg)
{
	(void)arg;
	thrum_chan_recv(thrum_ctx_done(ctx), NULL);
	done_++;
	return 0;
}

static int value;

static void
count(void *unused)
{
	(void)unused;
	done_++;
}

static int
panics(thrum_ctx *ctx, void *arg)
{
	(void)ctx;
	THRUM_DEFER(count, NULL);
	thrum_yield();
	thrum_panic_value(&value, arg);
}

static int
recovers(thrum_ctx *ctx, void *arg)
{
	THRUM_TRY {
		return panics(ctx, arg);
	} THRUM_CATCH(p) {
		return 3;
	}
}

static int
leaves(thrum_ctx *ctx, void *arg)
{
	(void)ctx;
	(void)arg;
	THRUM_DEFER(count, NULL);
	thrum_goexit();
}

static int
run(int (*fn)(thrum_ctx *, void *), int others)
{
	THRUM_NURSERY(n, NULL, 0);
	done_ = 0;
	for (int i = 0; i < others; i++)
		CHECK(thrum_nursery_go(&n, waits, NULL) == 0);
	CHECK(thrum_nursery_go(&n, fn, "kaput") == 0);
	return thrum_nursery_close(&n);
}

static int
outer(thrum_ctx *ctx, void *arg) // a panic comes up through nested ones
{
	THRUM_NURSERY(n, ctx, 0);
	CHECK(thrum_nursery_go(&n, waits, NULL) == 0);
	CHECK(thrum_nursery_go(&n, panics, arg) == 0);
	return thrum_nursery_close(&n);
}

static int
abandons(void) // left by a panic, while one of its goroutines panics, too: that one replaces it
{
	THRUM_NURSERY(n, NULL, 0);
	CHECK(thrum_nursery_go(&n, panics, "theirs") == 0);
	while (done_ == 0)
		thrum_yield();
	thrum_panic("ours");
}

int
main(void)
{
	volatile int caught = 0;
	for (int i = 0; i < 20; i++) {
		THRUM_TRY {
			run(panics, i);
		} THRUM_CATCH(p) {
			CHECK(strcmp(p->text, "kaput") == 0 && p->value == &value && done_ == i + 1);
			caught++;
		}
	}
	CHECK(caught == 20);
	CHECK(run(recovers, 4) == 3 && done_ == 5);
	CHECK(run(leaves, 0) == 0 && done_ == 1);
	THRUM_TRY {
		run(outer, 2);
	} THRUM_CATCH(p) {
		CHECK(strcmp(p->text, "kaput") == 0 && done_ == 4);
		caught++;
	}
	done_ = 0;
	THRUM_TRY {
		abandons();
	} THRUM_CATCH(p) {
		CHECK(strcmp(p->text, "theirs") == 0);
		caught++;
	}
	CHECK(caught == 22);
	puts("ok");
	return 0;
}
