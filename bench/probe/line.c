// SPDX-License-Identifier: MIT
//
// line.c - probe: two threads on two processors hand one cache line to and fro.
//
// Each spins on the word and answers by the next number, so one round trip moves the line
// twice. This is the floor of every message from one processor to another.

#include "line.h"
#include <pthread.h>
#include <stdatomic.h>

#define GROUP 100 // ways per sample, even
#define SAMPLES 1000

static struct {
	_Alignas(128) _Atomic uint64_t turn; // odd: the helper's
	_Alignas(128) uint64_t last;
} line;

static void *
helper(void *arg)
{
	bench_pin((int)(intptr_t)arg);
	for (uint64_t i = 1; i < line.last; i += 2) {
		while (atomic_load_explicit(&line.turn, memory_order_acquire) != i)
			;
		atomic_store_explicit(&line.turn, i + 1, memory_order_release);
	}
	return NULL;
}

void
bench_line_run(bench_case *c, uint64_t n)
{
	static double ns[SAMPLES];
	cpu_set_t before;
	pthread_t t;
	int cpu = sched_getcpu(), other = 0;
	bench_clock();
	if (sched_getaffinity(0, sizeof before, &before) != 0)
		return;
	for (int i = 1; i <= CPU_SETSIZE; i++)
		if (CPU_ISSET((cpu + i) % CPU_SETSIZE, &before)) {
			other = (cpu + i) % CPU_SETSIZE;
			break;
		}
	if (other == cpu)
		return;
	unsigned count = (unsigned)(n / GROUP < SAMPLES - 1 ? n / GROUP : SAMPLES - 1);
	line.last = (uint64_t)(count + 1) * GROUP;
	line.turn = 0;
	bench_pin(cpu);
	if (pthread_create(&t, NULL, helper, (void *)(intptr_t)other) == 0) {
		uint64_t from = bench_ticks();
		for (uint64_t i = 0; i < line.last; i += 2) {
			atomic_store_explicit(&line.turn, i + 1, memory_order_release);
			while (atomic_load_explicit(&line.turn, memory_order_acquire) != i + 2)
				;
			if ((i + 2) % GROUP == 0) {
				uint64_t now = bench_ticks();
				ns[i / GROUP] = (double)(now - from) * bench_ns_per_tick / GROUP;
				from = now;
			}
		}
		pthread_join(t, NULL);
		// the first group waits for the helper to start
		c->own_ns = (uint64_t)(bench_median(ns + 1, count) * (double)n);
		c->own_n = n;
	}
	sched_setaffinity(0, sizeof before, &before);
}
