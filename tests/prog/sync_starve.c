// SPDX-License-Identifier: MIT
// Shows that a waiter that has waited for a mutex longer than a millisecond and loses again is the
// next owner, whichever others try, and that it does not lose its place in the queue.
// thrum-only
// env: THRUM_PROCS=1
// out: ok
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <pthread.h>
#include <thrum.h>

#include "extra/check.h"

#define WAITERS 5

static thrum_mutex m;
static thrum_wg wg;
static int order[WAITERS + 1], norder; // m
static _Atomic int gate;

static void
busy(long ns)
{
	struct timespec a, b;
	clock_gettime(CLOCK_MONOTONIC, &a);
	do
		clock_gettime(CLOCK_MONOTONIC, &b);
	while ((b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec - a.tv_nsec < ns);
}

static void
waiter(void *arg)
{
	thrum_mutex_lock(&m);
	order[norder++] = (int)(long)arg;
	while (!gate)
		thrum_yield();
	thrum_mutex_unlock(&m);
	thrum_wg_done(&wg);
}

int
main(void)
{
	for (int round = 0; round < 3; round++) {
		bool starving = false;
		norder = gate = 0;
		thrum_mutex_lock(&m);
		thrum_wg_add(&wg, WAITERS);
		for (long i = 1; i <= WAITERS; i++) {
			CHECK(thrum_go(waiter, (void *)i) == 0);
			thrum_yield();
		}
		// The first one is woken and finds m taken again.
		for (int tries = 0; !starving && tries < 1000; tries++) {
			busy(1100000);
			thrum_mutex_unlock(&m);
			if (!thrum_mutex_trylock(&m)) // it was quicker: the time slice was over
				break;
			thrum_yield();
			starving = m.state & 16;
		}
		if (!starving) {
			gate = 1;
			thrum_mutex_lock(&m);
			thrum_mutex_unlock(&m);
			thrum_wg_wait(&wg);
			continue;
		}
		thrum_mutex_unlock(&m);
		CHECK(norder == 1 && order[0] == 1); // it had it before main went on
		CHECK(!thrum_mutex_trylock(&m));
		gate = 1;
		thrum_mutex_lock(&m); // behind all the others, which have waited as long
		CHECK(norder == WAITERS);
		for (int i = 0; i < WAITERS; i++)
			CHECK(order[i] == i + 1);
		thrum_mutex_unlock(&m);
		thrum_wg_wait(&wg);
		CHECK(m.state == 0);
	}
	puts("ok");
	return 0;
}
