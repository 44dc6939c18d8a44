// SPDX-License-Identifier: MIT
//
// alloc.h - the parts that the cases of alloc.c share: the allocator, two workers, sizes, the peak.
//
// Each peer is built from the same files as thrum's program. Only the names below differ, and the
// kind of a worker: goroutine or thread.

#ifndef BENCH_ALLOC_H
#define BENCH_ALLOC_H

#include "../bench.h"

#include <sched.h>

#ifdef __THRUM__
#include <thrum.h>
#define alloc_malloc thrum_malloc
#define alloc_calloc thrum_calloc
#define alloc_free thrum_free
#define alloc_new(T) thrum_new(T)
#define alloc_yield() (thrum_yield(), (void)sched_yield())
#else
#define alloc_malloc malloc
#define alloc_calloc calloc
#define alloc_free free
#define alloc_new(T) ((T *)calloc(1, sizeof(T)))
#define alloc_yield() ((void)sched_yield())
#endif

// alloc_check ends the process if malloc, calloc or free is not that of the library wanted.
void alloc_check(void);

// alloc_both runs fn(0) on the caller and fn(1) on a second worker, which stays for the next calls.
// Both begin at the same time. Returns: wall time until both have ended.
uint64_t alloc_both(void (*fn)(unsigned me));

// alloc_seed returns a start for bench_random: another one for each worker and round, but the same
// ones for all allocators.
uint64_t alloc_seed(unsigned me);

// alloc_peak adds the peak of the process's resident set so far to the columns of c.
void alloc_peak(bench_case *c);

// Sizes that cases take in turn, or at random. alloc_even fills the table evenly from [lo, hi).
// alloc_log does so evenly within each octave, with as many for each; hi / lo is a power of two.
#define SIZES 4096
extern uint32_t alloc_sizes[SIZES];
void alloc_even(uint32_t lo, uint32_t hi);
void alloc_log(uint32_t lo, uint32_t hi);

// get allocates a block and writes its own address into it, as the first use that a program makes.
static inline void *
get(uint64_t k)
{
	uintptr_t *b = alloc_malloc(alloc_sizes[k % SIZES]);
	*b = (uintptr_t)b;
	bench_keep((uint64_t)(uintptr_t)b);
	return b;
}

// relax waits a moment: k counts the moments. Now and then it lets others run, by the kernel, too:
// the other worker's thread may be on the same processor.
static inline void
relax(unsigned k)
{
	if (k % 64 == 63)
		alloc_yield();
	else
		__asm__ volatile("pause");
}

// traces.c: cases on two workers, by wall time.
void run_handoff(bench_case *c, uint64_t n);
void run_larson(bench_case *c, uint64_t n);
void run_xmalloc(bench_case *c, uint64_t n);
void run_sh8(bench_case *c, uint64_t n);
void run_mstress(bench_case *c, uint64_t n);
void run_rptest(bench_case *c, uint64_t n);
void run_thrash(bench_case *c, uint64_t n);
void run_scratch(bench_case *c, uint64_t n);

#endif
