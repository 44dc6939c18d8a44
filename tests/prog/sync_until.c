// SPDX-License-Identifier: MIT
// Shows that waits with a time limit work: for a semaphore, a wait group and a condition; by
// goroutines, by goroutines in callbacks and by threads, also where no runtime runs. They end in
// time, never early, and take what they are given.
// thrum-only
// cflags: -fno-thrum-main
// out: a thread before the runtime runs
// out: a goroutine
// out: a goroutine in a callback
// out: a thread beside it
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

#define MS 1000000ull
#define LONG (3600000 * MS)

static struct {
	thrum_sema s;
	thrum_wg wg;
	thrum_mutex m;
	thrum_cond c;
	int changed; // m
} x;

// One that wakes the others after a while.
static void *
waker(void *how)
{
	thrum_sleep(2 * MS);
	switch ((intptr_t)how) {
	case 0:
		thrum_sema_release(&x.s);
		break;
	case 1:
		thrum_sema_handoff(&x.s);
		break;
	case 2:
		thrum_wg_done(&x.wg);
		break;
	case 3:
		thrum_mutex_lock(&x.m);
		x.changed = 1;
		thrum_mutex_unlock(&x.m);
		thrum_cond_signal(&x.c);
	}
	return NULL;
}

static void
all(const char *who)
{
	pthread_t t;
	uint64_t when;

	// nobody comes
	for (int ns = -5; ns < 2 * (int)MS; ns += MS / 2) {
		when = thrum_now() + ns;
		CHECK(thrum_sema_acquire_until(&x.s, when) == -ETIMEDOUT && thrum_now() >= when);
		thrum_wg_add(&x.wg, 1);
		when = thrum_now() + ns;
		CHECK(thrum_wg_wait_until(&x.wg, when) == -ETIMEDOUT && thrum_now() >= when);
		CHECK(thrum_wg_wait_until(&x.wg, 0) == -ETIMEDOUT);
		thrum_wg_done(&x.wg);
		thrum_mutex_lock(&x.m);
		when = thrum_now() + ns;
		CHECK(thrum_cond_wait_until(&x.c, &x.m, when) == -ETIMEDOUT && thrum_now() >= when);
		CHECK(!thrum_mutex_trylock(&x.m)); // the caller has it
		thrum_mutex_unlock(&x.m);
	}

	// it is there already
	thrum_sema_release(&x.s);
	CHECK(thrum_sema_acquire_until(&x.s, 0) == 0);
	CHECK(thrum_sema_acquire_until(&x.s, 0) == -ETIMEDOUT);
	CHECK(thrum_wg_wait_until(&x.wg, 0) == 0);

	// somebody comes
	for (intptr_t how = 0; how < 8; how++) {
		when = how < 4 ? thrum_now() + LONG : UINT64_MAX;
		thrum_wg_add(&x.wg, 1);
		x.changed = 0;
		CHECK(pthread_create(&t, NULL, waker, (void *)(how % 4)) == 0);
		switch (how % 4) {
		case 0:
		case 1:
			CHECK(thrum_sema_acquire_until(&x.s, when) == 0);
			break;
		case 2:
			CHECK(thrum_wg_wait_until(&x.wg, when) == 0);
			thrum_wg_add(&x.wg, 1);
			break;
		case 3:
			thrum_mutex_lock(&x.m);
			while (!x.changed)
				CHECK(thrum_cond_wait_until(&x.c, &x.m, when) == 0);
			thrum_mutex_unlock(&x.m);
		}
		thrum_wg_done(&x.wg);
		CHECK(pthread_join(t, NULL) == 0);
	}
	CHECK(!thrum_sema_tryacquire(&x.s));
	puts(who);
}

static int
compare(const void *a, const void *b)
{
	static int done;
	if (!done++)
		all("a goroutine in a callback");
	return *(const int *)a - *(const int *)b;
}

static void *
thread(void *arg)
{
	all("a thread beside it");
	return arg;
}

static int
first(void *arg)
{
	int v[] = {3, 1, 2};
	pthread_t t;
	(void)arg;
	all("a goroutine");
	qsort(v, 3, sizeof *v, compare);
	CHECK(pthread_create(&t, NULL, thread, NULL) == 0);
	CHECK(pthread_join(t, NULL) == 0);
	return 0;
}

int
main(void)
{
	thrum_chan *c = thrum_chan_make(1, 0);
	int status;
	CHECK(c && thrum_chan_recvtimeout(c, NULL, 2 * MS) == -ETIMEDOUT);
	all("a thread before the runtime runs");
	CHECK(thrum_run(first, NULL, &status) == 0 && status == 0);
	return 0;
}
