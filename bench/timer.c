// SPDX-License-Identifier: MIT
//
// timer.c - question: what does a timeout cost that does not occur?
//
//	Timer/live-N    a timer is started and stopped again while N others are armed, whose times
//	                lie from 100 to 1,100 seconds ahead; its own from 1 to 1,000. A new timer
//	                each time, as a call with a timeout has one
//	Timer/reset     the same timer again and again, 100,000 others armed
//	Timer/clock     thrum_now
// All on one P; processor time. Peer: go/timer.go.

#include "bench.h"
#include <thrum.h>

#define MOST 1000000
#define SECOND 1000000000

static thrum_timer others[MOST], mine;
static uint64_t live;

static void
never(void *arg)
{
	(void)arg;
}

static void
arm(uint64_t want)
{
	bench_procs(1);
	for (; live < want; live++)
		(void)thrum_timer_start(&others[live], 100 * (int64_t)SECOND + (int64_t)(live * 7919 % MOST) * 1000000, never, NULL);
	for (; live > want; live--)
		(void)thrum_timer_stop(&others[live - 1]);
}

static void
timed(bench_case *c, uint64_t n, bool new)
{
	uint64_t t = bench_cpu();
	if (new)
		for (uint64_t i = 0; i < n; i++) {
			thrum_timer x = {0};
			(void)thrum_timer_start(&x, (int64_t)(1 + i % 1000) * SECOND, never, NULL);
			(void)thrum_timer_stop(&x);
		}
	else
		for (uint64_t i = 0; i < n; i++) {
			(void)thrum_timer_reset(&mine, (int64_t)(1 + i % 1000) * SECOND);
			(void)thrum_timer_stop(&mine);
		}
	c->own_ns = bench_cpu() - t;
	c->own_n = n;
}

static void
run_live(bench_case *c, uint64_t n)
{
	arm(c->arg);
	timed(c, n, true);
}

static void
run_reset(bench_case *c, uint64_t n)
{
	arm(100000);
	(void)thrum_timer_start(&mine, SECOND, never, NULL);
	(void)thrum_timer_stop(&mine);
	timed(c, n, false);
}

static void
run_clock(bench_case *c, uint64_t n)
{
	(void)c;
	for (uint64_t i = 0; i < n; i++)
		bench_keep(thrum_now());
}

static bench_case cases[] = {
	{.name = "Timer/live-0", .run = run_live, .fixed = 100000},
	{.name = "Timer/live-100000", .run = run_live, .fixed = 100000, .arg = 100000},
	{.name = "Timer/live-1000000", .run = run_live, .fixed = 100000, .arg = 1000000},
	{.name = "Timer/reset", .run = run_reset, .fixed = 100000},
	{.name = "Timer/clock", .run = run_clock},
	{.name = NULL},
};

int
main(int argc, char **argv)
{
	bench_init(argc, argv);
	bench_cases(cases, bench_rounds(5));
	return 0;
}
