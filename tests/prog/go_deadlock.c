// SPDX-License-Identifier: MIT
// Shows that a program in which every goroutine waits for ever ends with a fatal error.
// modes: normal stackmove storm (the thread that sends signals might wake a goroutine)
// want: fatal error: all goroutines are asleep - deadlock!
// thrum-only
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_wg wg;

static void
stuck(void *arg)
{
	(void)arg;
	thrum_park();
}

int
main(void)
{
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(stuck, NULL) == 0);
	thrum_wg_wait(&wg);
	puts("never");
	return 0;
}
