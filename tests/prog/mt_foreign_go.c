// SPDX-License-Identifier: MIT
// Shows that foreign code may start and ready goroutines while the monitor takes the p of its call
// away.
// thrum-only
// extra: mt_foreign_x.c=gcc
// env: THRUM_PROCS=3
// levels: O0 O2
// out: ok
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

#define ROUNDS 100
#define MANY 1000
#define SLEEPERS 100

void foreign_go(void (*fn)(void *), void *arg, int n);
void foreign_ready(thrum_g **gs, int n);
void foreign_done(thrum_wg *wg, int n);

static thrum_wg busywg, wg;
static _Atomic long ran;
static _Atomic int stop, round_, here;
static thrum_g *sleeper[SLEEPERS];

// Work that waits beside the foreign calls, so that the monitor takes their p.
static void
busy(void *arg)
{
	(void)arg;
	while (!stop)
		thrum_yield();
	thrum_wg_done(&busywg);
}

static void
one(void *arg)
{
	(void)arg;
	ran++;
	thrum_wg_done(&wg);
}

static void
sleeps(void *arg)
{
	sleeper[(long)arg] = thrum_self();
	here++;
	for (int r = 0; r < ROUNDS; r++) {
		while (round_ <= r)
			thrum_park();
		thrum_wg_done(&wg);
	}
	thrum_wg_done(&busywg);
}

int
main(void)
{
	thrum_wg_add(&busywg, 4 + SLEEPERS);
	for (long i = 0; i < SLEEPERS; i++)
		CHECK(thrum_go(sleeps, (void *)i) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(thrum_go(busy, NULL) == 0);
	while (here < SLEEPERS)
		thrum_yield();
	for (int r = 0; r < ROUNDS; r++) {
		thrum_wg_add(&wg, MANY + SLEEPERS);
		foreign_go(one, NULL, MANY);
		round_ = r + 1;
		foreign_ready(sleeper, SLEEPERS);
		thrum_wg_wait(&wg);
		CHECK(ran == (long)MANY * (r + 1));
		thrum_wg_add(&wg, MANY);
		foreign_done(&wg, MANY);
		thrum_wg_wait(&wg);
	}
	stop = 1;
	thrum_wg_wait(&busywg);
	puts("ok");
	return 0;
}
