// SPDX-License-Identifier: MIT
// Shows that a loop over a thread-local counter changes its thread at loop checks, which it has
// without any option. Every access is to the variable of the thread it is on, and no count is lost.
// thrum-only
// env: THRUM_PROCS=2
// out: ok
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

#define N __attribute__((noinline))
#define SPINNERS 5
#define SWITCHES 12
#define THREADS 64

static _Thread_local long counter, table[4];
static _Thread_local char *known; // the address of counter that this thread has announced

static _Atomic(long *) counters[THREADS];
static atomic_int nthreads, switches, bad;
static atomic_bool done;
static thrum_wg wg;

static inline char *
threadpointer(void)
{
	char *p;
	__asm__ volatile("movq %%fs:0, %0" : "=r"(p) : : "memory");
	return p;
}


// Distance of the counter from the thread pointer: the same in all threads.
static ptrdiff_t distance;

N static long
spin(void)
{
	long n = 0;
	char *last = threadpointer();
	for (;; n++) {
		counter++;
		table[n & 3] ^= n;
		char *now = threadpointer();
		if ((char *)&counter - now != distance || (char *)table - (char *)&counter > 4096 || (char *)table - (char *)&counter < -4096)
			atomic_fetch_add(&bad, 1);
		if (known != (char *)&counter) {
			known = (char *)&counter;
			counters[atomic_fetch_add(&nthreads, 1)] = &counter;
		}
		if (now != last)
			if (atomic_fetch_add(&switches, 1) + 1 >= SWITCHES)
				done = true;
		last = now;
		if (done)
			return n + 1;
	}
}

// The program keeps the address, so the goroutine stays on the thread meanwhile: many time slices.
N static void
keep(void)
{
	long *p = &counter;
	for (int i = 0; i < 20000000; i++)
		if ((char *)p - threadpointer() != distance) {
			atomic_fetch_add(&bad, 1);
			break;
		}
}

static long counts[SPINNERS];

static void
spinner(void *arg)
{
	long *count = arg;
	*count = spin();
#ifdef __OPTIMIZE__ // else p is in memory
	keep();
#endif
	thrum_wg_done(&wg);
}

int
main(void)
{
	distance = (char *)&counter - threadpointer();
	thrum_wg_add(&wg, SPINNERS);
	for (int i = 0; i < SPINNERS; i++)
		CHECK(thrum_go(spinner, &counts[i]) == 0);
	thrum_wg_wait(&wg);
	long sum = 0, wanted = 0;
	for (int i = 0; i < nthreads; i++)
		sum += *counters[i];
	for (int i = 0; i < SPINNERS; i++)
		wanted += counts[i];
	CHECK(bad == 0);
	CHECK(sum == wanted);
	CHECK(nthreads >= 2);
	puts("ok");
	return 0;
}
