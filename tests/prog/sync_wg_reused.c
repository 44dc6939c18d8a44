// SPDX-License-Identifier: MIT
// Shows that a new use of a wait group before its waiters have returned is a fatal error.
// want: fatal error: thrum_wg reused before thrum_wg_wait has returned: let all waiters return first
// thrum-only
// levels: O0 O2
// env: THRUM_PROCS=1
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <pthread.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_wg wg;

static void
waiter(void *arg)
{
	(void)arg;
	thrum_wg_wait(&wg);
}

int
main(void)
{
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(waiter, NULL) == 0);
	thrum_yield();
	thrum_wg_done(&wg);
	thrum_wg_add(&wg, 1);
	thrum_wg_wait(&wg);
	puts("never");
	return 0;
}
