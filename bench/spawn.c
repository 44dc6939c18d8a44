// SPDX-License-Identifier: MIT
//
// spawn.c - question: what does a goroutine cost from thrum_go to its end?
//
//	Spawn/one      started, run at once by a yield, ended: its stack is warm
//	Spawn/batch    1,000 started, then all run
//	Spawn/wg       as batch, waited for by a wait group, as a program does it
// The goroutine only counts. Peer: go/spawn.go.

#include "bench.h"
#include <thrum.h>

static uint64_t done;
static thrum_wg wg;

static void
count(void *arg)
{
	(void)arg;
	done++;
}

static void
count_wg(void *arg)
{
	(void)arg;
	thrum_wg_done(&wg);
}

static void
start(void (*fn)(void *))
{
	if (thrum_go(fn, NULL) != 0) {
		fprintf(stderr, "spawn: cannot start a goroutine\n");
		exit(1);
	}
}

static void
run_one(bench_case *c, uint64_t n)
{
	(void)c;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t before = done;
		start(count);
		while (done == before)
			thrum_yield();
	}
}

static void
run_batch(bench_case *c, uint64_t n)
{
	(void)c;
	for (uint64_t i = 0; i < n; i += 1000) {
		uint64_t until = done + 1000;
		for (int k = 0; k < 1000; k++)
			start(count);
		while (done != until)
			thrum_yield();
	}
}

static void
run_wg(bench_case *c, uint64_t n)
{
	(void)c;
	for (uint64_t i = 0; i < n; i += 1000) {
		thrum_wg_add(&wg, 1000);
		for (int k = 0; k < 1000; k++)
			start(count_wg);
		thrum_wg_wait(&wg);
	}
}

static bench_case cases[] = {
	{.name = "Spawn/one", .run = run_one},
	{.name = "Spawn/batch", .run = run_batch, .unit = 1000},
	{.name = "Spawn/wg", .run = run_wg, .unit = 1000},
	{.name = NULL},
};

int
main(int argc, char **argv)
{
	bench_init(argc, argv);
	bench_cases(cases, bench_rounds(9));
	return 0;
}
