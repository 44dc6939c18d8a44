// SPDX-License-Identifier: MIT
//
// bench.h - the parts that every benchmark program shares: cases, rounds, clocks, lines.
//
// A program is a table of cases, each a function that does n operations. The cases run in
// *interleaved rounds*: one short round of each case, then the next round, which begins one case
// further on. So a change of clock frequency, a noisy neighbour or a migrated page hits all of them
// alike. Every round prints one line in the format of Go's testing package. So benchstat reads the
// output, and bench/run can compare case with case round by round.
//
// ns/op is processor time of the process, not wall time: on a machine that is shared with others,
// wall time measures the others. If the two differ by more than 2 %, the line says so (wall-ns/op).
// Cases that wait for another thread on another processor set .wall and are measured by wall time.
// B/op and allocs/op count malloc, if the program links probe/malloc.c. cycles/op and
// instructions/op appear if perf_event_open gives counters.
//
// The environment. BENCH_TIME scales the length of a round (1 = about 2 ms). BENCH_ROUNDS is the
// number of rounds, BENCH_CPU the processor to stay on. BENCH_ONLY or the first argument is a part
// of the names of the cases to run.
//
// Functions that timed loops call are inline. The rest, bench.c, is compiled once by clang and once
// by thrumcc: a program links the object of its own compiler. In programs by thrumcc some plain
// files (probe/) call it at their set-up, which is then a callback.
//
// Rejected: one long run per case, because noise hits cases differently. The minimum as the figure,
// because it hides an effect of every second round. rdtsc as the clock of rounds, because it counts
// time in which the process was not running.

#ifndef BENCH_H
#define BENCH_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BENCH_UNUSED __attribute__((unused))
#define BENCH_NOINLINE __attribute__((noinline))

typedef struct bench_case bench_case;
struct bench_case {
	const char *name;                          // "Switch/thrum-inline/one", NULL ends a table
	void (*run)(bench_case *self, uint64_t n); // does n operations
	uint64_t arg;                              // for run
	bool wall;                                 // ns/op is wall time
	uint64_t unit;                             // n is a multiple of this; 0 = 1
	uint64_t fixed;                            // n when not 0; otherwise calibrated
	// run sets them if only a part of it is to be timed; 0 = all of it
	uint64_t own_ns;                           // processor time of the timed part
	uint64_t own_n;                            // operations in it
	// more columns: run sets them, they are printed and forgotten
	struct { const char *unit; double v; } metric[6];
	uint64_t n;                                // operations per round, calibrated
};

extern double bench_ns_per_tick; // of bench_ticks, after bench_clock

// Set-up. bench_setup: for a program that stays on the processors and Ps it is given; its cases
// time themselves by wall time. bench_init: for all others, one processor and one P. It opens the
// counters and prints the machine. Both calibrate the time stamp counter. Call one of them once,
// first.
void bench_setup(int argc, char **argv);
void bench_init(int argc, char **argv);
void bench_clock(void); // calibrates the time stamp counter only
int bench_pin(int cpu); // binds the thread to a processor, -1: the one it is on; returns it, or -1
int bench_procs(int n); // sets the number of Ps unless n is 0; returns how many there are

// The environment.
double bench_env(const char *name, double otherwise);
unsigned bench_rounds(unsigned otherwise);
bool bench_selected(const char *name); // does the user want this case?

// Cases: one table that ends with a NULL name, or a list from several; their rounds are
// interleaved.
void bench_cases(bench_case *table, unsigned rounds);
void bench_rotate(bench_case **list, unsigned count, unsigned rounds);
void bench_calibrate(bench_case *c); // sets c->n, and warms the case up
uint64_t bench_one(bench_case *c, uint64_t n, bool print); // one round of n operations; its ns

// Results: one more column of a case; a line for something that is not a timed loop.
void bench_metric(bench_case *c, const char *unit, double v);
void bench_line(const char *name, uint64_t n, double ns_per_op, const char *unit, double v);
double bench_median(double *v, unsigned n); // sorts v; 0 for none

// bench_wall returns monotonic time in ns.
static inline uint64_t
bench_wall(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// bench_cpu returns the processor time of the process in ns, all threads.
static inline uint64_t
bench_cpu(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// bench_ticks reads the time stamp counter, for single events of 20 ns to 1 ms. The fences keep
// earlier work before it and later work behind it.
static inline __attribute__((always_inline)) uint64_t
bench_ticks(void)
{
	uint32_t lo, hi;
	__asm__ volatile("lfence\n\trdtsc\n\tlfence" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

// bench_keep makes the compiler believe that v is used.
static inline __attribute__((always_inline)) void
bench_keep(uint64_t v)
{
	__asm__ volatile("" : : "r"(v) : "memory");
}

// bench_random is xorshift64*, seeded by its state; never 0.
static inline uint64_t
bench_random(uint64_t *s)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * 0x2545f4914f6cdd1dull;
}

#endif
