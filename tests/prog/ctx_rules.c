// SPDX-License-Identifier: MIT
// Shows that contexts form a tree that is cancelled downwards only, once, with its cause; also
// values, channels and references.
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

static thrum_wg wg;
static _Atomic int woken;

static bool
closed(thrum_ctx *c)
{
	return thrum_chan_tryrecv(thrum_ctx_done(c), NULL) == 0;
}

static void
waits(void *a)
{
	THRUM_DEFER(thrum_wg_done, &wg);
	thrum_ctx *c = a;
	THRUM_DEFER(thrum_ctx_release, c);
	CHECK(!thrum_chan_recv(thrum_ctx_done(c), NULL));
	// The error is there when the channel is closed, or at once.
	CHECK(thrum_ctx_err(c) == -ECANCELED);
	woken++;
}

static void
tree(void)
{
	thrum_ctx *bg = thrum_ctx_background();
	thrum_ctx *a = thrum_ctx_with_cancel(bg), *b = thrum_ctx_with_cancel(a), *c = thrum_ctx_with_cancel(b), *d = thrum_ctx_with_cancel(a);
	thrum_ctx *e = thrum_ctx_without_cancel(c), *f = thrum_ctx_with_cancel(e);
	CHECK(thrum_ctx_err(bg) == 0 && thrum_ctx_done(bg) == NULL && !thrum_ctx_deadline(bg, NULL));
	CHECK(thrum_ctx_done(c) == thrum_ctx_done(c) && !closed(a));
	for (int i = 0; i < 20; i++) {
		thrum_wg_add(&wg, 1);
		CHECK(thrum_go(waits, thrum_ctx_retain(i % 2 ? b : c)) == 0);
	}
	thrum_yield();
	thrum_ctx_cancel_cause(b, 42);
	CHECK(thrum_ctx_err(b) == -ECANCELED && thrum_ctx_cause(b) == 42 && closed(b));
	CHECK(thrum_ctx_err(c) == -ECANCELED && thrum_ctx_cause(c) == 42 && closed(c));
	CHECK(thrum_ctx_err(a) == 0 && thrum_ctx_cause(a) == 0 && !closed(a));
	CHECK(thrum_ctx_err(d) == 0 && !closed(d));
	CHECK(thrum_ctx_err(e) == 0 && thrum_ctx_done(e) == NULL && thrum_ctx_err(f) == 0);
	thrum_wg_wait(&wg);
	CHECK(woken == 20);
	thrum_ctx_cancel_cause(b, 43); // only the first counts
	CHECK(thrum_ctx_cause(b) == 42);
	thrum_ctx *late = thrum_ctx_with_cancel(c); // below a cancelled one
	CHECK(thrum_ctx_err(late) == -ECANCELED && thrum_ctx_cause(late) == 42 && closed(late));
	thrum_ctx *late2 = thrum_ctx_with_cancel(late);
	CHECK(thrum_ctx_err(late2) == -ECANCELED && thrum_ctx_done(late2) == thrum_ctx_done(late));
	thrum_ctx_cancel(a);
	CHECK(thrum_ctx_err(a) == -ECANCELED && thrum_ctx_cause(a) == -ECANCELED && closed(a) && closed(d));
	CHECK(thrum_ctx_cause(b) == 42);
	thrum_ctx_release(a); // in any order
	thrum_ctx_release(c);
	thrum_ctx_release(b);
	thrum_ctx_release(d);
	thrum_ctx_cancel(f);
	CHECK(closed(f));
	thrum_ctx_release(e);
	thrum_ctx_release(f);
	thrum_ctx_release(late);
	thrum_ctx_release(late2);
	thrum_ctx_release(NULL);
	thrum_ctx_release(bg);
}

static char key1, key2;

static void
values(void)
{
	int one = 1, two = 2, three = 3;
	thrum_ctx *a = thrum_ctx_with_value(thrum_ctx_background(), &key1, &one);
	thrum_ctx *b = thrum_ctx_with_cancel(a);
	thrum_ctx *c = thrum_ctx_with_value(b, &key2, &two);
	thrum_ctx *d = thrum_ctx_with_value(c, &key1, &three);
	thrum_ctx *e = thrum_ctx_without_cancel(d);
	CHECK(thrum_ctx_value(a, &key1) == &one && thrum_ctx_value(a, &key2) == NULL);
	CHECK(thrum_ctx_value(c, &key1) == &one && thrum_ctx_value(c, &key2) == &two);
	CHECK(thrum_ctx_value(d, &key1) == &three && thrum_ctx_value(e, &key2) == &two && thrum_ctx_value(e, NULL) == NULL);
	CHECK(thrum_ctx_done(d) == thrum_ctx_done(b) && thrum_ctx_done(a) == NULL);
	thrum_ctx_release(a);
	thrum_ctx_release(c);
	thrum_ctx_cancel(b);
	CHECK(thrum_ctx_err(d) == -ECANCELED && closed(d) && thrum_ctx_err(e) == 0);
	thrum_ctx_release(b);
	CHECK(thrum_ctx_value(d, &key2) == &two); // it keeps those above
	thrum_ctx_release(d);
	CHECK(thrum_ctx_value(e, &key1) == &three);
	thrum_ctx_release(e);
}

// Many goroutines make, cancel and release below the same one while it is cancelled.
static void
churn(void *a)
{
	THRUM_DEFER(thrum_wg_done, &wg);
	thrum_ctx *root = a;
	THRUM_DEFER(thrum_ctx_release, root);
	for (int i = 0; i < 200; i++) {
		thrum_ctx *c = thrum_ctx_with_cancel(root), *d = thrum_ctx_with_value(c, &key1, &key2), *e = thrum_ctx_with_cancel(d);
		if (i % 3 == 0)
			thrum_ctx_done(e);
		if (i % 7 == 0)
			thrum_yield();
		if (i % 5 == 0) {
			thrum_ctx_cancel(c);
			CHECK(thrum_ctx_err(e) == -ECANCELED && closed(e));
		}
		thrum_ctx_release(c);
		thrum_ctx_release(d);
		CHECK(thrum_ctx_err(e) == 0 || closed(e));
		thrum_ctx_release(e);
	}
}

int
main(void)
{
	for (int round = 0; round < 3; round++) {
		woken = 0;
		tree();
		values();
		thrum_ctx *root = thrum_ctx_with_cancel(thrum_ctx_background());
		thrum_wg_add(&wg, 16);
		for (int i = 0; i < 16; i++)
			CHECK(thrum_go(churn, thrum_ctx_retain(root)) == 0);
		for (int i = 0; i < 20; i++)
			thrum_yield();
		thrum_ctx_cancel(root);
		thrum_wg_wait(&wg);
		thrum_ctx_release(root);
	}
	puts("ok");
	return 0;
}
