// SPDX-License-Identifier: MIT
// Shows that timer channels work: the values received and their times, the results and effects of
// reset and stop. Ticks without a receiver are dropped.
// thrum-only
// out: after ok
// out: tick ok
// out: many ok
// out: thread ok
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

#define MS 1000000
#define HOUR (3600000ll * MS)

static void
after(void)
{
	uint64_t t = 7, begin = thrum_now();
	thrum_chan *c = thrum_after(2 * MS);
	CHECK(c && thrum_chan_len(c) == 0 && thrum_chan_cap(c) == 0);
	CHECK(thrum_chan_recv(c, &t));
	CHECK(t >= begin + 2 * MS && thrum_now() >= t);
	CHECK(thrum_chan_tryrecv(c, &t) == -EAGAIN); // there is one only
	CHECK(!thrum_time_stop(c));

	// not received before stop, so it was stopped
	CHECK(!thrum_time_reset(c, 0));
	thrum_sleep(MS);
	CHECK(thrum_chan_len(c) == 0);
	CHECK(thrum_time_stop(c));
	CHECK(thrum_chan_tryrecv(c, NULL) == -EAGAIN);
	CHECK(thrum_chan_recvtimeout(c, NULL, MS) == -ETIMEDOUT);
	CHECK(!thrum_time_stop(c));

	// reset: the value that was there is none of the new one's
	CHECK(!thrum_time_reset(c, INT64_MIN));
	thrum_sleep(MS);
	CHECK(thrum_time_reset(c, HOUR));
	CHECK(thrum_chan_tryrecv(c, NULL) == -EAGAIN);
	begin = thrum_now();
	CHECK(thrum_time_reset(c, MS));
	CHECK(thrum_chan_recv(c, &t) && t >= begin + MS);

	// a value nobody has taken stays, in select too
	CHECK(!thrum_time_reset(c, 0));
	thrum_sleep(MS);
	thrum_chan *never = thrum_after(INT64_MAX);
	int n = 0;
	THRUM_SELECT {
	THRUM_ON_TIME(never, &t) {
		CHECK(0);
	}
	THRUM_ON_TIME(c, &t) {
		n++;
	}
	THRUM_ON_TIMEOUT(HOUR) {
		CHECK(0);
	}
	}
	CHECK(n == 1 && t <= thrum_now());
	thrum_chan_free(never); // armed or not
	thrum_chan_free(c);
	CHECK((c = thrum_after(-1)) != NULL);
	thrum_chan_free(c);
}

static void
tick(void)
{
	uint64_t begin = thrum_now(), t, last;
	thrum_chan *c = thrum_tick(MS);
	CHECK(c && thrum_chan_recv(c, &t) && t >= begin + MS && thrum_now() >= t);
	for (int i = 0; i < 10; i++) {
		last = t;
		CHECK(thrum_chan_recv(c, &t));
		CHECK(t > last && (t - last) % MS == 0 && t <= thrum_now()); // no drift
	}
	// a slow receiver gets the first one, and none of those that came after it
	thrum_sleep(20 * MS);
	last = thrum_now();
	CHECK(thrum_chan_recv(c, &t) && t <= last - 19 * MS);
	CHECK(thrum_chan_recv(c, &t) && t > last);
	// another period, stop
	last = thrum_now();
	CHECK(thrum_time_reset(c, 3 * MS));
	CHECK(thrum_chan_recv(c, &t) && t >= last + 3 * MS);
	last = t;
	CHECK(thrum_chan_recv(c, &t) && (t - last) % (3 * MS) == 0);
	CHECK(thrum_time_stop(c) && !thrum_time_stop(c));
	CHECK(thrum_chan_recvtimeout(c, &t, 7 * MS) == -ETIMEDOUT);
	CHECK(!thrum_time_reset(c, MS));
	CHECK(thrum_chan_recv(c, NULL));
	thrum_chan_free(c);
}

static thrum_chan *clockchan;
static thrum_wg wg;
static atomic_int got;

static void
receiver(void *arg)
{
	uint64_t t;
	THRUM_CHAN(uint64_t) typed = thrum_chan_as(uint64_t, clockchan);
	if (arg) {
		THRUM_SELECT {
		THRUM_ON_RECV(typed, &t) {
		}
		}
	} else {
		CHECK(THRUM_RECV(typed, &t));
	}
	CHECK(t <= thrum_now());
	atomic_fetch_add(&got, 1);
	thrum_wg_done(&wg);
}

// Each tick wakes one of those that wait; while they wait it may be stopped and go on.
static void
many(void)
{
	clockchan = thrum_tick(HOUR);
	thrum_wg_add(&wg, 20);
	for (intptr_t i = 0; i < 20; i++)
		CHECK(clockchan && thrum_go(receiver, (void *)(i % 2)) == 0);
	thrum_sleep(MS);
	CHECK(thrum_time_stop(clockchan));
	thrum_sleep(MS);
	CHECK(atomic_load(&got) == 0);
	CHECK(!thrum_time_reset(clockchan, MS / 10));
	thrum_wg_wait(&wg);
	CHECK(atomic_load(&got) == 20 && thrum_time_stop(clockchan));
	thrum_chan_free(clockchan);
}

static void *
thread(void *arg)
{
	(void)arg;
	after();
	tick();
	return NULL;
}

int
main(void)
{
	pthread_t t;
	after();
	puts("after ok");
	tick();
	puts("tick ok");
	many();
	puts("many ok");
	const char *debug = getenv("THRUM_DEBUG");
	if (!debug || !strstr(debug, "seed")) { // a thread's sleeps are real
		CHECK(pthread_create(&t, NULL, thread, NULL) == 0);
		CHECK(pthread_join(t, NULL) == 0);
	}
	puts("thread ok");
	return 0;
}
