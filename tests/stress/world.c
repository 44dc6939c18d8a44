// SPDX-License-Identifier: MIT
//
// world.c - the world is stopped, and something is done once on each p, while all kinds of
// goroutines run.
//
//	world N SEED
//
// Goroutines yield, wake each other, compute without a call, sleep in foreign calls, and are called
// back from foreign code. Beside them goroutines and a thread that is not the runtime's ask N times
// in all for one of: fn on each p, fn in a stopped world, another number of ps, trimmed stacks.
// Words that only the owner of a p may change are changed by all of them (world_rt.c), and must add
// up.

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>
#include <unistd.h>

#include "random.h"
#include "world.h"
#define CHECK_END abort()
#include "../prog/extra/check.h"

enum { ASKERS = 3, FOREVER = 60 };

static _Atomic bool over;
static _Atomic uint64_t asked, reached;
static uint64_t total, seed;
static thrum_wg wg, askers;
static THRUM_CHAN(int) ping, pong;

static void
yields(void *unused)
{
	(void)unused;
	while (!over) {
		thrum_test_own();
		thrum_yield();
	}
	thrum_wg_done(&wg);
}

static void
pings(void *unused)
{
	(void)unused;
	int v = 0;
	while (!over) {
		thrum_test_own();
		THRUM_SEND(ping, v);
		CHECK(THRUM_RECV(pong, &v));
	}
	THRUM_CLOSE(ping);
	thrum_wg_done(&wg);
}

static void
pongs(void *unused)
{
	(void)unused;
	int v;
	while (THRUM_RECV(ping, &v)) {
		thrum_test_own();
		THRUM_SEND(pong, v);
	}
	thrum_wg_done(&wg);
}

static void
computes(void *unused)
{
	(void)unused;
	volatile uint64_t n = 0;
	while (!over) {
		for (int i = 0; i < 100000; i++)
			n += (uint64_t)i;
		thrum_test_own();
	}
	thrum_wg_done(&wg);
}

static void
sleeps(void *unused)
{
	(void)unused;
	while (!over) {
		usleep(50);
		thrum_test_own();
	}
	thrum_wg_done(&wg);
}

static int
compare(const void *a, const void *b)
{
	thrum_test_own();
	if (*(const int *)a % 4 == 0)
		thrum_yield();
	return *(const int *)a - *(const int *)b;
}

static void
calledback(void *unused)
{
	(void)unused;
	while (!over) {
		int v[16];
		for (int i = 0; i < 16; i++)
			v[i] = i * 7 % 16;
		qsort(v, 16, sizeof *v, compare);
		CHECK(v[0] == 0 && v[15] == 15);
	}
	thrum_wg_done(&wg);
}

static void
locked(void *unused)
{
	(void)unused;
	thrum_lock_thread();
	while (!over) {
		thrum_test_own();
		thrum_sleep(30000);
	}
	thrum_unlock_thread();
	thrum_wg_done(&wg);
}

static void
ask(uint64_t *r)
{
	switch (next(r) % 8) {
	case 0:
		thrum_test_stopped();
		break;
	case 1:
		thrum_maxprocs(1 + (int)(next(r) % 8));
		break;
	case 2:
		thrum_stack_trim();
		break;
	case 3:
		reached += thrum_test_each(next(r) % 200000); // may give up
		break;
	default:
		CHECK(thrum_test_each(UINT64_MAX));
	}
}

static void
asks(void *number)
{
	uint64_t r = seed + (uintptr_t)number;
	while (asked++ < total)
		ask(&r);
	thrum_wg_done(&askers);
}

static void *
asksoutside(void *number)
{
	asks(number);
	return NULL;
}

static void (*const kinds[])(void *) = {yields, pings, pongs, computes, sleeps, calledback, locked};

int
main(int argc, char **argv)
{
	CHECK(argc == 3);
	total = strtoull(argv[1], NULL, 0);
	seed = strtoull(argv[2], NULL, 0);
	ping = thrum_chan_of(int, 0);
	pong = thrum_chan_of(int, 1);
	CHECK(ping && pong);
	int n = sizeof kinds / sizeof *kinds;
	thrum_wg_add(&wg, n);
	for (int i = 0; i < n; i++)
		CHECK(thrum_go(kinds[i], NULL) == 0);
	thrum_wg_add(&askers, ASKERS + 1);
	for (uintptr_t i = 0; i < ASKERS; i++)
		CHECK(thrum_go(asks, (void *)i) == 0);
	pthread_t t;
	CHECK(pthread_create(&t, NULL, asksoutside, (void *)(uintptr_t)ASKERS) == 0);
	thrum_wg_wait(&askers);
	CHECK(pthread_join(t, NULL) == 0);
	over = true;
	thrum_wg_wait(&wg);
	thrum_hist h;
	CHECK(thrum_get_hist(THRUM_HIST_STOP, &h) == 0);
	printf("%llu requests, %llu times counted, %llu stops, p50 %llu us\n", (unsigned long long)total,
		(unsigned long long)thrum_test_sum(), (unsigned long long)h.n,
		(unsigned long long)thrum_hist_percentile(&h, 50) / 1000);
	return 0;
}
