// SPDX-License-Identifier: MIT
// Shows that deadlines work: kept, the earlier of two, passed already, cancelled before, released
// before; sleeping with a context.
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

#define MS 1000000

static thrum_wg wg;

static void
sleeps(void *a)
{
	THRUM_DEFER(thrum_wg_done, &wg);
	CHECK(thrum_ctx_sleep(a, 60000l * MS) == -ECANCELED);
}

int
main(void)
{
	uint64_t when = 0, other, begin = thrum_now();
	thrum_ctx *bg = thrum_ctx_background();
	thrum_ctx *a = thrum_ctx_with_timeout(bg, 300 * MS);
	CHECK(thrum_ctx_deadline(a, &when) && when >= begin + 300 * MS && thrum_ctx_err(a) == 0);
	thrum_ctx *b = thrum_ctx_with_timeout(a, 60000l * MS); // not later than its parent's
	CHECK(thrum_ctx_deadline(b, &other) && other == when);
	thrum_ctx *c = thrum_ctx_with_deadline(b, begin + 5 * MS);
	CHECK(thrum_ctx_deadline(c, &other) && other == begin + 5 * MS);
	CHECK(!thrum_chan_recv(thrum_ctx_done(c), NULL) && thrum_now() >= begin + 5 * MS);
	CHECK(thrum_ctx_err(c) == -ETIMEDOUT && thrum_ctx_cause(c) == -ETIMEDOUT);
	CHECK(!thrum_chan_recv(thrum_ctx_done(b), NULL) && thrum_now() >= when);
	CHECK(thrum_ctx_err(b) == -ETIMEDOUT && thrum_ctx_err(a) == -ETIMEDOUT);
	thrum_ctx *d = thrum_ctx_with_cancel(b);
	CHECK(thrum_ctx_err(d) == -ETIMEDOUT && thrum_ctx_deadline(d, &other) && other == when);
	thrum_ctx_release(a);
	thrum_ctx_release(b);
	thrum_ctx_release(c);
	thrum_ctx_release(d);
	a = thrum_ctx_with_timeout(bg, 0); // at once
	CHECK(thrum_ctx_err(a) == -ETIMEDOUT && thrum_chan_tryrecv(thrum_ctx_done(a), NULL) == 0);
	thrum_ctx_release(a);
	a = thrum_ctx_with_deadline(bg, begin);
	CHECK(thrum_ctx_err(a) == -ETIMEDOUT);
	thrum_ctx_release(a);
	a = thrum_ctx_with_timeout(bg, 100 * MS); // cancelled first
	thrum_ctx_cancel_cause(a, 7);
	thrum_sleep(150 * MS);
	CHECK(thrum_ctx_err(a) == -ECANCELED && thrum_ctx_cause(a) == 7);
	thrum_ctx_release(a);
	for (int i = 0; i < 2000; i++) { // released before, or about when it fires
		a = thrum_ctx_with_timeout(bg, i % 4 == 0 ? i * 10 : 60000l * MS);
		b = thrum_ctx_with_cancel(a);
		if (i % 3 == 0)
			thrum_ctx_done(b);
		if (i % 8 == 0)
			thrum_sleep(i * 5);
		thrum_ctx_release(a);
		int err = thrum_ctx_err(b);
		CHECK(err == 0 || (err == -ETIMEDOUT && i % 4 == 0));
		thrum_ctx_release(b);
	}
	CHECK(thrum_ctx_sleep(bg, 1000) == 0);
	a = thrum_ctx_with_timeout(bg, 300 * MS);
	CHECK(thrum_ctx_sleep(a, 1000) == 0);
	CHECK(thrum_ctx_sleep(a, 60000l * MS) == -ETIMEDOUT);
	thrum_ctx_release(a);
	a = thrum_ctx_with_cancel(bg);
	thrum_wg_add(&wg, 10);
	for (int i = 0; i < 10; i++)
		CHECK(thrum_go(sleeps, a) == 0);
	thrum_sleep(MS);
	thrum_ctx_cancel(a);
	thrum_wg_wait(&wg);
	thrum_ctx_release(a);
	puts("ok");
	return 0;
}
