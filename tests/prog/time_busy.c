// SPDX-License-Identifier: MIT
// Shows that timers fire in time beside goroutines that compute: their P need not look, other Ps
// do.
// thrum-only
// levels: O1 O3
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>
#include <unistd.h>

#include "extra/check.h"

#define MS 1000000u

static atomic_int stop, fired;
static thrum_wg wg;

static __attribute__((noinline)) bool
before(uint64_t end)
{
	return thrum_now() < end && !atomic_load(&stop);
}

static void
compute(uint64_t ns)
{
	for (uint64_t end = thrum_now() + ns; before(end);)
		;
}

static void
spin(void *arg)
{
	(void)arg;
	compute(20000 * (uint64_t)MS);
	thrum_wg_done(&wg);
}

static void
fire(void *arg)
{
	(void)arg;
	atomic_fetch_add(&fired, 1);
}

int
main(void)
{
	thrum_timer t = {0};
	thrum_maxprocs(1);
	// Another goroutine computes: the monitor runs the timer and ends its slice.
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(spin, NULL) == 0);
	uint64_t begin = thrum_now();
	thrum_sleep(5 * MS);
	CHECK(thrum_now() - begin < 10000 * (uint64_t)MS);
	atomic_store(&stop, 1);
	thrum_wg_wait(&wg);

	// This one blocks in a foreign call: the timer's goroutine runs meanwhile.
	thrum_timer_start(&t, 5 * MS, fire, NULL);
	usleep(200000);
	for (int i = 0; i < 100 && !atomic_load(&fired); i++)
		usleep(100000);
	CHECK(atomic_load(&fired) == 1);

	// This one computes, and there is another P.
	thrum_maxprocs(2);
	atomic_store(&stop, 0);
	thrum_timer_start(&t, 5 * MS, fire, NULL);
	for (uint64_t end = thrum_now() + 10000 * (uint64_t)MS; thrum_now() < end && atomic_load(&fired) < 2;)
		;
	CHECK(atomic_load(&fired) == 2);
	return 0;
}
