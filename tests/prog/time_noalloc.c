// SPDX-License-Identifier: MIT
// Shows that timer channels and waits with a time limit take no memory in use: the heap stays as it
// is, and the process may not map any more. One P, so that no thread has to be started meanwhile.
// On a busy machine a call of setrlimit may still last so long that the P needs another thread,
// whose start allocates. That has nothing to do with time, so one of five measurements must be the
// same.
// thrum-only
// modes: normal stackmove (preemption needs room for registers and makes the global queue grow)
// env: THRUM_PROCS=1
// levels: O0 O2
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <thrum.h>

#include "extra/check.h"

#define US 1000

static thrum_sema s;
static thrum_wg never;
static thrum_mutex m;
static thrum_cond c;
static thrum_chan *tick, *after;

static void
use(int rounds)
{
	uint64_t t;
	CHECK(!thrum_time_reset(tick, 20 * US));
	for (int i = 0; i < rounds; i++) {
		thrum_time_reset(after, 50 * US);
		THRUM_SELECT {
		THRUM_ON_TIME(tick, &t) {
			CHECK(t <= thrum_now());
		}
		THRUM_ON_TIME(after, NULL) {
		}
		THRUM_ON_TIMEOUT(30 * US) {
		}
		}
		CHECK(thrum_chan_recv(tick, NULL));
		CHECK(thrum_sema_acquire_until(&s, thrum_now() + 10 * US) == -ETIMEDOUT);
		CHECK(thrum_wg_wait_until(&never, thrum_now() + 10 * US) == -ETIMEDOUT);
		thrum_mutex_lock(&m);
		CHECK(thrum_cond_wait_until(&c, &m, thrum_now() + 10 * US) == -ETIMEDOUT);
		thrum_mutex_unlock(&m);
	}
	CHECK(thrum_time_stop(tick));
	thrum_time_stop(after);
}

static void *
thread(void *arg)
{
	thrum_sleep(20000 * US);
	thrum_sema_release(&s);
	return arg;
}

int
main(void)
{
	struct rlimit all;
	pthread_t t;
	// The global queue comes with its first goroutine: one that waits when a thread wakes it.
	// On a busy machine the thread may be first once.
	for (int i = 0; i < 5; i++) {
		CHECK(pthread_create(&t, NULL, thread, NULL) == 0);
		thrum_sema_acquire(&s);
		CHECK(pthread_join(t, NULL) == 0);
	}
	CHECK((tick = thrum_tick(1)) && (after = thrum_after(0)) && thrum_time_stop(tick));
	thrum_wg_add(&never, 1);
	use(20);
	// Sudogs, of which each P keeps some. On a busy machine no select above may have waited.
	THRUM_SELECT {
	THRUM_ON_TIME(tick, NULL) {
	}
	THRUM_ON_TIME(after, NULL) {
	}
	THRUM_ON_TIMEOUT(200000 * US) {
	}
	}
	CHECK(getrlimit(RLIMIT_AS, &all) == 0);
	for (int tries = 1;; tries++) {
		size_t before = mallinfo2().uordblks;
		CHECK(setrlimit(RLIMIT_AS, &(struct rlimit){0, all.rlim_max}) == 0);
		use(500);
		CHECK(setrlimit(RLIMIT_AS, &all) == 0);
		if (mallinfo2().uordblks == before)
			break;
		CHECK(tries < 5);
	}
	puts("ok");
	return 0;
}
