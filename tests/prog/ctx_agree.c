// SPDX-License-Identifier: MIT
// Shows that error and channel of a context agree at every moment, while several goroutines and a
// thread cancel it. If a context has an error, its channel is closed. If the channel is closed, the
// context has an error. When a canceller returns, all contexts below are cancelled.
// env: THRUM_PROCS=3
// thrum-only
// levels: O0 O2
// out: ok
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

#define ROUNDS 2000
#define BELOW 4

static thrum_ctx *top, *below[BELOW];
static thrum_wg done;
static _Atomic int started, round_;

static bool
closed(thrum_ctx *c)
{
	return thrum_chan_tryrecv(thrum_ctx_done(c), NULL) == 0;
}

static void
polls(void *arg)
{
	thrum_ctx *c = arg;
	started++;
	while (thrum_ctx_err(c) == 0)
		thrum_yield();
	CHECK(closed(c));
	CHECK(thrum_ctx_cause(c) == 7);
	thrum_wg_done(&done);
}

static void
receives(void *arg)
{
	thrum_ctx *c = arg;
	thrum_chan *chan = thrum_ctx_done(c);
	started++;
	CHECK(thrum_chan_recv(chan, NULL) == 0);
	CHECK(thrum_ctx_err(c) == -ECANCELED);
	thrum_wg_done(&done);
}

static void
cancels(void *arg)
{
	started++;
	while (started < 3 + BELOW * 2)
		thrum_yield();
	thrum_ctx_cancel_cause(arg, 7);
	CHECK(thrum_ctx_err(arg) == -ECANCELED && closed(arg));
	for (int i = 0; i < BELOW && arg == top; i++)
		CHECK(thrum_ctx_err(below[i]) == -ECANCELED && closed(below[i]));
	thrum_wg_done(&done);
}

static void *
thread(void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		while (round_ <= i)
			sched_yield();
		cancels(top);
	}
	return NULL;
}

int
main(void)
{
	pthread_t t;
	CHECK(pthread_create(&t, NULL, thread, NULL) == 0);
	for (int i = 0; i < ROUNDS; i++) {
		started = 0;
		CHECK((top = thrum_ctx_with_cancel(thrum_ctx_background())) != NULL);
		thrum_wg_add(&done, 3 + BELOW * 2);
		for (int k = 0; k < BELOW; k++) {
			CHECK((below[k] = thrum_ctx_with_cancel(k ? below[k - 1] : top)) != NULL);
			CHECK(thrum_go(polls, below[k]) == 0);
			CHECK(thrum_go(receives, below[k]) == 0);
		}
		CHECK(thrum_go(cancels, top) == 0);
		CHECK(thrum_go(cancels, below[i % BELOW]) == 0);
		round_ = i + 1;
		thrum_wg_wait(&done);
		for (int k = BELOW; k-- > 0;)
			thrum_ctx_release(below[k]);
		thrum_ctx_release(top);
	}
	pthread_join(t, NULL);
	puts("ok");
	return 0;
}
