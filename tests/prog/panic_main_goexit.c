// SPDX-License-Identifier: MIT
// Shows that thrum_goexit of the main goroutine runs its deferred calls, and the others go on. When
// the last has ended, the process ends with status 2.
// modes: normal stackmove storm (the thread that sends signals might wake a goroutine)
// want: fatal error: no goroutines (main called thrum_goexit) - deadlock!
// out: deferred
// out: the other
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_wg left;

static void
say(void *s)
{
	puts(s);
	fflush(stdout);
	thrum_wg_done(&left);
}

static void
body(void *unused)
{
	(void)unused;
	thrum_wg_wait(&left);
	thrum_wg_add(&left, 1);
	for (int i = 0; i < 100; i++)
		thrum_yield();
	say("the other");
}

int
main(void)
{
	THRUM_DEFER(say, "deferred");
	thrum_wg_add(&left, 1);
	CHECK(thrum_go(body, NULL) == 0);
	thrum_goexit();
}
