// SPDX-License-Identifier: MIT
//
// sleepers.c - question: how late do sleeping goroutines wake up?
//
//	Sleepers/many   many goroutines, all asleep at one time, wake at random times, 100,000 in a
//	                second; 2 Ps. There are 200,000, or as many as BENCH_SLEEPERS says
//	Sleepers/one    one goroutine sleeps for a millisecond, again and again; else the process is
//	                idle
//	Sleepers/short  the same for 5 us
// The time is from the requested one to the first step of the goroutine. ns/op is the median of the
// round; p99-ns and max-ns give the rest. With BENCH_HISTOGRAM=1 the distribution is printed on
// stderr. Peer: go/sleepers.go.

#include "bench.h"
#include <stdatomic.h>
#include <thrum.h>

#define EACH 10000 // ns

static uint64_t count; // of sleepers
static double *late;
static _Atomic uint64_t began, begin;
static thrum_wg gate, wg;

static void
histogram(const char *name, const double *v, uint64_t n)
{
	if (getenv("BENCH_HISTOGRAM") == NULL)
		return;
	fprintf(stderr, "%s: %llu, late by less than\n", name, (unsigned long long)n);
	uint64_t at = 0; // v is sorted
	for (double us = 1; at < n; us *= 2) {
		uint64_t from = at;
		while (at < n && v[at] < us * 1000)
			at++;
		if (at > 0)
			fprintf(stderr, "%9.0f us %8llu %7.3f %% %.*s\n", us, (unsigned long long)(at - from), 100.0 * (double)at / (double)n,
				(int)(60 * (at - from) / n), "############################################################");
	}
}

static void
distribution(bench_case *c, uint64_t n)
{
	double median = bench_median(late, (unsigned)n); // sorts
	c->own_ns = (uint64_t)(median * (double)n);
	c->own_n = n;
	bench_metric(c, "p99-ns", late[n * 99 / 100]);
	bench_metric(c, "p999-ns", late[n * 999 / 1000]);
	bench_metric(c, "max-ns", late[n - 1]);
	histogram(c->name, late, n);
}

static void
sleeper(void *arg)
{
	uint64_t i = (uint64_t)arg;
	atomic_fetch_add(&began, 1);
	thrum_wg_wait(&gate);
	uint64_t due = atomic_load(&begin) + i * 2654435761u % count * EACH;
	thrum_sleep_until(due);
	late[i] = (double)(thrum_now() - due);
	thrum_wg_done(&wg);
}

static void
run_many(bench_case *c, uint64_t n)
{
	bench_procs(2);
	atomic_store(&began, 0);
	thrum_wg_add(&gate, 1);
	thrum_wg_add(&wg, (int64_t)n);
	for (uint64_t i = 0; i < n; i++)
		if (thrum_go(sleeper, (void *)i) != 0)
			abort();
	while (atomic_load(&began) < n)
		thrum_sleep(1000000);
	atomic_store(&begin, thrum_now() + 200000000 + n * 2000); // all are asleep by then
	thrum_wg_done(&gate);
	thrum_wg_wait(&wg);
	distribution(c, n);
}

static void
run_one(bench_case *c, uint64_t n)
{
	bench_procs(2);
	for (uint64_t i = 0; i < n; i++) {
		uint64_t due = thrum_now() + c->arg;
		thrum_sleep_until(due);
		late[i] = (double)(thrum_now() - due);
	}
	distribution(c, n);
}

static bench_case cases[] = {
	{.name = "Sleepers/many", .run = run_many, .wall = true},
	{.name = "Sleepers/one", .run = run_one, .fixed = 500, .wall = true, .arg = 1000000},
	{.name = "Sleepers/short", .run = run_one, .fixed = 2000, .wall = true, .arg = 5000},
	{.name = NULL},
};

int
main(int argc, char **argv)
{
	bench_setup(argc, argv);
	count = (uint64_t)bench_env("BENCH_SLEEPERS", 200000);
	late = malloc((count < 2000 ? 2000 : count) * sizeof *late);
	if (late == NULL)
		abort();
	cases[0].fixed = count;
	bench_cases(cases, bench_rounds(2));
	return 0;
}
