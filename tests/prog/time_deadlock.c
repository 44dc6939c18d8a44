// SPDX-License-Identifier: MIT
// Shows that a program whose goroutines all wait is no deadlock while a timer is armed, and is one
// after the last has fired.
// modes: normal stackmove storm (the thread that sends signals might wake a goroutine)
// want: fatal error: all goroutines are asleep - deadlock!
// thrum-only
// out: slept
// out: fired
// out: stopped
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_wg wg;
static thrum_timer t, far;

static void
done(void *arg)
{
	thrum_wg_done(arg);
}

static void
nothing(void *arg)
{
	(void)arg;
	CHECK(thrum_timer_stop(&far));
	puts("stopped");
	fflush(stdout);
}

int
main(void)
{
	thrum_sleep(30000000);
	puts("slept");
	thrum_wg_add(&wg, 1);
	CHECK(!thrum_timer_start(&t, 30000000, done, &wg));
	thrum_wg_wait(&wg);
	puts("fired");
	fflush(stdout);
	// Now one fires that wakes nobody, and stops the last.
	CHECK(!thrum_timer_start(&far, 3600000000000, nothing, NULL));
	CHECK(!thrum_timer_start(&t, 10000000, nothing, NULL));
	thrum_wg_add(&wg, 1);
	thrum_wg_wait(&wg);
	return 0;
}
