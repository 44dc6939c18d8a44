// SPDX-License-Identifier: MIT
// Shows that the figures of the scheduler add up: per P and in all, states, latencies; and that
// numbers are unique over many Ps.
// thrum-only
// env: THRUM_PROCS=4
// out: ok
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

#define N 20000

static thrum_wg wg;
static atomic_uchar used[16 * N];
static thrum_g *_Atomic waiting;
static atomic_int turns;

static void
body(void *arg)
{
	uint64_t id = thrum_goid(thrum_self());
	(void)arg;
	CHECK(id < sizeof used && atomic_exchange(&used[id], 1) == 0);
	for (int i = 0; i < 3; i++)
		thrum_yield();
	thrum_wg_done(&wg);
}

static void
waits(void *arg)
{
	(void)arg;
	waiting = thrum_self();
	while (turns < 1000)
		thrum_park();
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_stats s;
	thrum_procstats ps;
	for (int r = 0; r < 3; r++) {
		thrum_wg_add(&wg, N);
		for (int i = 0; i < N; i++)
			CHECK(thrum_go(body, NULL) == 0);
		thrum_wg_wait(&wg);
	}
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(waits, NULL) == 0);
	while (!waiting)
		thrum_yield();
	for (; turns < 1000; turns++) {
		thrum_ready(waiting);
		thrum_yield();
	}
	thrum_ready(waiting);
	thrum_wg_wait(&wg);
	do {
		thrum_yield();
		thrum_get_stats(&s);
	} while (s.goroutines != 1);
	CHECK(s.spawned == 3 * N + 2);
	CHECK(s.procs == 4 && s.threads >= 1 && s.running >= 1);
	CHECK(s.stolen >= s.steals);
	uint64_t timed = 0, switches = 0, spawned = 0, ended = 0;
	for (int i = 0; i < 40; i++)
		timed += s.latency[i];
	CHECK(timed > 0 && timed <= s.switches);
	for (int i = 0; i < 4; i++) {
		CHECK(thrum_get_procstats(i, &ps) == 0);
		switches += ps.switches;
		spawned += ps.spawned;
		ended += ps.ended;
	}
	CHECK(thrum_get_procstats(4, &ps) < 0 && thrum_get_procstats(-1, &ps) < 0);
	CHECK(switches >= s.switches && spawned + 1 == s.spawned && ended == 3 * N + 1);
	CHECK(s.globpolls > 0);
	puts("ok");
	return 0;
}
