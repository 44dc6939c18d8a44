// SPDX-License-Identifier: MIT
// Shows that thrum_run returns although main ends on another thread just when the thread in
// thrum_run is given work, or falls asleep.
// cflags: -fno-thrum-main
// env: THRUM_PROCS=4
// thrum-only
// levels: O0 O2
// out: ok
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>
#include <unistd.h>

#include "extra/check.h"

static thrum_wg wg;

static void
one(void *arg)
{
	if ((long)arg % 3 == 0)
		usleep((useconds_t)(long)arg);
	thrum_wg_done(&wg);
}

static int
body(void *arg)
{
	thrum_wg_add(&wg, 8);
	for (long i = 0; i < 8; i++)
		CHECK(thrum_go(one, (void *)(i * 7)) == 0);
	usleep(20);
	thrum_wg_wait(&wg);
	(void)arg;
	return 0;
}

int
main(void)
{
	alarm(60);
	for (int i = 0; i < 3000; i++)
		CHECK(thrum_run(body, NULL, NULL) == 0);
	puts("ok");
	return 0;
}
