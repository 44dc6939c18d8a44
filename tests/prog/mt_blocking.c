// SPDX-License-Identifier: MIT
// Shows that a function declared THRUM_BLOCKING gives the p away at once, where another waits for
// the monitor.
// thrum-only
// extra: mt_blocking_x.c=gcc
// env: THRUM_PROCS=1
// levels: O0 O2
// out: ok
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>
#include <unistd.h>
#include "extra/leak.h"
#include "extra/check.h"

#define ROUNDS 200

// The same function under two names: wait until *word is not 0.
THRUM_BLOCKING void spin_blocking(_Atomic int *word);
void spin_unknown(_Atomic int *word);

static _Atomic int word;
static thrum_wg wg;

static void
sets(void *arg)
{
	(void)arg;
	word = 1;
	thrum_wg_done(&wg);
}

static long
retakes(void (*wait)(_Atomic int *))
{
	thrum_stats a, b;
	thrum_get_stats(&a);
	for (int i = 0; i < ROUNDS; i++) {
		word = 0;
		thrum_wg_add(&wg, 1);
		CHECK(thrum_go(sets, NULL) == 0);
		wait(&word);
		CHECK(word == 1);
		thrum_wg_wait(&wg);
	}
	thrum_get_stats(&b);
	return (long)(b.retakes - a.retakes);
}

static void
blocking(_Atomic int *w)
{
	spin_blocking(w);
}

static void
unknown(_Atomic int *w)
{
	spin_unknown(w);
}

int
main(void)
{
	alarm(100);
	retakes(blocking);
	leak_begin();
	long known = retakes(blocking), not = retakes(unknown);
	CHECK(known <= ROUNDS / 10);
	CHECK(not >= ROUNDS * 9 / 10);
	leak_end();
	puts("ok");
	return 0;
}
