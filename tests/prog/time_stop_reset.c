// SPDX-License-Identifier: MIT
// Shows that stop and reset of a timer follow Go's rules, in their results and their effects.
// thrum-only
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

#define MS 1000000
#define HOUR (3600000ll * MS)

static atomic_int a, b;
static thrum_wg wg;

static void
adda(void *arg)
{
	atomic_fetch_add(&a, (int)(intptr_t)arg);
}

static void
addb(void *arg)
{
	atomic_fetch_add(&b, (int)(intptr_t)arg);
}

static thrum_timer again;

static void
restart(void *arg)
{
	if (atomic_fetch_add(&a, 1) < 4)
		CHECK(!thrum_timer_reset(&again, MS)); // it fires: idle
	else
		thrum_wg_done(arg);
}

static void
forever(void *arg)
{
	(void)arg;
	thrum_park();
}

int
main(void)
{
	thrum_timer t = {0};
	CHECK(!thrum_timer_stop(&t)); // never started

	CHECK(!thrum_timer_start(&t, MS, adda, (void *)1));
	thrum_sleep(20 * MS);
	while (atomic_load(&a) == 0)
		thrum_sleep(MS);
	CHECK(!thrum_timer_stop(&t)); // it has fired
	CHECK(atomic_load(&a) == 1);

	CHECK(!thrum_timer_reset(&t, HOUR));
	CHECK(thrum_timer_stop(&t));
	CHECK(!thrum_timer_stop(&t)); // stopped before
	CHECK(!thrum_timer_reset(&t, HOUR));
	CHECK(thrum_timer_reset(&t, MS)); // it was armed; fires once, at the new time
	while (atomic_load(&a) < 2)
		thrum_sleep(MS);
	thrum_sleep(10 * MS);
	CHECK(atomic_load(&a) == 2);

	// armed, it changes its time, function and argument
	CHECK(!thrum_timer_start(&t, HOUR, adda, (void *)1));
	CHECK(thrum_timer_start(&t, 10 * MS, addb, (void *)3));
	while (atomic_load(&b) == 0)
		thrum_sleep(MS);
	CHECK(atomic_load(&a) == 2 && atomic_load(&b) == 3);

	// later, never
	CHECK(!thrum_timer_reset(&t, 200 * MS));
	CHECK(thrum_timer_reset(&t, HOUR));
	thrum_sleep(250 * MS);
	CHECK(atomic_load(&b) == 3);
	CHECK(thrum_timer_stop(&t));

	// 0 and less: at once
	CHECK(!thrum_timer_reset(&t, 0));
	while (atomic_load(&b) < 6)
		thrum_yield();
	CHECK(!thrum_timer_reset(&t, INT64_MIN));
	while (atomic_load(&b) < 9)
		thrum_yield();
	// the farthest there is
	CHECK(!thrum_timer_reset(&t, INT64_MAX));
	thrum_sleep(2 * MS);
	CHECK(thrum_timer_stop(&t));

	// its own function starts it again
	atomic_store(&a, 0);
	thrum_wg_add(&wg, 1);
	CHECK(!thrum_timer_start(&again, MS, restart, &wg));
	thrum_wg_wait(&wg);
	CHECK(atomic_load(&a) == 5);

	// stopped, the memory may be used for something else
	for (int i = 0; i < 1000; i++) {
		thrum_timer *p = malloc(sizeof *p);
		memset(p, 0, sizeof *p);
		thrum_timer_start(p, i % 3 * 10000, adda, (void *)0);
		if (i % 2)
			thrum_sleep(10000);
		thrum_timer_stop(p);
		memset(p, 0xdb, sizeof *p);
		free(p);
	}

	// a goroutine that never ends, with a stack of its own, is no reason against it
	CHECK(thrum_go(forever, NULL) == 0);
	thrum_sleep(MS);
	return 0;
}
