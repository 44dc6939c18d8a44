// SPDX-License-Identifier: MIT
// Shows that no sleep, timer or ticker ends early, whatever its length, on one, two and four Ps and
// on plain threads.
// thrum-only
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>
#include <time.h>

#include "extra/check.h"

#define SLEEPERS 50
#define TIMERS 200

static thrum_wg wg;

// The kernel's clock, not the runtime's.
static uint64_t
clocknow(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t
rnd(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

static void
sleeper(void *arg)
{
	uint64_t s = (uint64_t)arg * 2654435761u + 1;
	for (int i = 0; i < 20; i++) {
		// Up to 4 ms, mostly less.
		int64_t ns = (int64_t)(rnd(&s) % ((uint64_t)1 << rnd(&s) % 22));
		uint64_t before = clocknow(), r = thrum_now();
		CHECK(r >= before);
		if (i % 2)
			thrum_sleep(ns);
		else
			thrum_sleep_until(r + (uint64_t)ns);
		CHECK(clocknow() >= before + (uint64_t)ns);
		CHECK(thrum_now() >= r + (uint64_t)ns);
	}
	thrum_wg_done(&wg);
}

static struct one {
	thrum_timer t;
	uint64_t due;
} one[TIMERS];

static void
due(void *arg)
{
	CHECK(clocknow() >= ((struct one *)arg)->due);
	thrum_wg_done(&wg);
}

static void *
thread(void *arg)
{
	sleeper(arg);
	return NULL;
}

static void
round_(int procs)
{
	pthread_t t;
	thrum_maxprocs(procs);
	thrum_wg_add(&wg, SLEEPERS + 1 + TIMERS);
	for (uintptr_t i = 0; i < SLEEPERS; i++)
		CHECK(thrum_go(sleeper, (void *)(i + (uintptr_t)procs * 1000)) == 0);
	CHECK(pthread_create(&t, NULL, thread, (void *)(uintptr_t)procs) == 0);
	uint64_t s = (uint64_t)procs;
	for (int i = 0; i < TIMERS; i++) {
		int64_t ns = (int64_t)(rnd(&s) % 5000000);
		one[i].due = clocknow() + (uint64_t)ns;
		CHECK(!thrum_timer_start(&one[i].t, ns, due, &one[i]));
	}
	thrum_wg_wait(&wg);
	CHECK(pthread_join(t, NULL) == 0);
	thrum_ticker tick;
	uint64_t begin = clocknow(), n = 0;
	thrum_ticker_start(&tick, 300000);
	while (n < 20) {
		n += thrum_ticker_wait(&tick);
		CHECK(clocknow() >= begin + n * 300000);
	}
}

int
main(void)
{
	for (int i = 0; i < 3; i++)
		round_(1 << i);
	return 0;
}
