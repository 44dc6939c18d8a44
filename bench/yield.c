// SPDX-License-Identifier: MIT
//
// yield.c - question: what does thrum_yield cost, and what with a million goroutines?
//
// Groups of 2, 1,000, 100,000 and 1,000,000 goroutines only yield; main is one of each group. All
// of a group park; before a round they are made ready again. The order is either that of their
// creation (seq: neighbours in the queue are neighbours in memory) or a random permutation (rand).
// Beside it, in the same rounds, runs a dependent load from DRAM. Each switch pays that at least
// once if the next goroutine is not in a cache and nobody fetched it in advance.
//
//	Yield/2                  main and one more
//	Yield/N-seq, Yield/N-rand
//	Yield/1000-sites         as 1000-rand, in 16 functions with a yield of their own,
//	                         so that the jump at the end of the switch has 16 targets
// BENCH_MAX leaves groups above a number out.

#include "bench.h"
#include "probe/dram.h"
#include <thrum.h>

typedef struct group {
	uint32_t n;       // goroutines, main not counted
	thrum_g **g;      // in order of creation
	uint32_t *perm;   // a random order
	uint32_t arrived; // parked, or about to
	bool run;         // false: park at the next turn
	bool sites;
} group;

static uint64_t yields;

#define BODY                                       \
	group *gr = arg;                               \
	for (;;) {                                     \
		while (gr->run) {                          \
			yields++;                              \
			thrum_yield();                         \
		}                                          \
		gr->arrived++;                             \
		thrum_park();                              \
	}

// hello leaves the goroutine's name in the group; the caller parks next.
static void
hello(group *gr)
{
	gr->g[gr->arrived] = thrum_self();
}

static void
body(void *arg)
{
	hello(arg);
	BODY
}

#define SITE(i)                                    \
	static void body_##i(void *arg)                \
	{                                              \
		hello(arg);                                \
		__asm__ volatile("# " #i);                 \
		BODY                                       \
	}
SITE(0) SITE(1) SITE(2) SITE(3) SITE(4) SITE(5) SITE(6) SITE(7)
SITE(8) SITE(9) SITE(10) SITE(11) SITE(12) SITE(13) SITE(14) SITE(15)

static void (*const bodies[16])(void *) = {
	body_0, body_1, body_2, body_3, body_4, body_5, body_6, body_7,
	body_8, body_9, body_10, body_11, body_12, body_13, body_14, body_15,
};

// rest lets all of the group park.
static void
rest(group *gr)
{
	gr->run = false;
	while (gr->arrived < gr->n)
		thrum_yield();
}

static void
create(group *gr)
{
	uint64_t seed = 0x9e3779b97f4a7c15ull;
	gr->g = calloc(gr->n, sizeof *gr->g);
	gr->perm = calloc(gr->n, sizeof *gr->perm);
	if (gr->g == NULL || gr->perm == NULL) {
		fprintf(stderr, "yield: no memory for %u goroutines\n", gr->n);
		exit(1);
	}
	for (uint32_t i = 0; i < gr->n; i++) {
		gr->perm[i] = i;
		if (thrum_go(gr->sites ? bodies[i % 16] : body, gr) != 0) {
			fprintf(stderr, "yield: cannot start goroutine %u\n", i);
			exit(1);
		}
	}
	for (uint32_t i = gr->n - 1; i > 0; i--) {
		uint32_t j = (uint32_t)(bench_random(&seed) % (i + 1)), t = gr->perm[i];
		gr->perm[i] = gr->perm[j];
		gr->perm[j] = t;
	}
	rest(gr);
}

static group groups[] = {
	{.n = 1}, {.n = 999}, {.n = 99999}, {.n = 999999}, {.n = 999, .sites = true},
};

// Counted are the yields of the group and those of main, which is in the queue, too.
static void
run(bench_case *c, uint64_t n)
{
	group *gr = &groups[c->arg & 7];
	bool random = (c->arg & 8) != 0;
	if (gr->g == NULL)
		create(gr);
	gr->run = true;
	gr->arrived = 0;
	for (uint32_t i = 0; i < gr->n; i++)
		thrum_ready(gr->g[random ? gr->perm[i] : i]);
	thrum_yield(); // once around, so that no trace of thrum_ready is left
	uint64_t own = 0, from = yields, t = bench_cpu();
	while (yields - from < n) {
		thrum_yield();
		own++;
	}
	c->own_ns = bench_cpu() - t;
	c->own_n = yields - from + own;
	rest(gr);
}

static bench_case cases[] = {
	{.name = "Yield/2", .run = run, .arg = 0},
	{.name = "Yield/1000-seq", .run = run, .arg = 1},
	{.name = "Yield/1000-rand", .run = run, .arg = 1 | 8},
	{.name = "Yield/1000-sites", .run = run, .arg = 4 | 8},
	{.name = "Yield/100000-seq", .run = run, .arg = 2, .fixed = 200000},
	{.name = "Yield/100000-rand", .run = run, .arg = 2 | 8, .fixed = 200000},
	{.name = "Yield/1000000-seq", .run = run, .arg = 3, .fixed = 1000000},
	{.name = "Yield/1000000-rand", .run = run, .arg = 3 | 8, .fixed = 1000000},
	{.name = "Yield/probe-dram-huge", .run = bench_dram_run, .arg = 1, .fixed = 100000},
	{.name = "Yield/probe-dram-4k", .run = bench_dram_run, .arg = 0, .fixed = 100000},
	{.name = NULL},
};

int
main(int argc, char **argv)
{
	bench_case *list[16];
	unsigned n = 0;
	bench_init(argc, argv);
	double max = bench_env("BENCH_MAX", 1e9);
	for (bench_case *c = cases; c->name != NULL; c++)
		if (c->run != run || groups[c->arg & 7].n < max)
			list[n++] = c;
	bench_rotate(list, n, bench_rounds(5));
	return 0;
}
