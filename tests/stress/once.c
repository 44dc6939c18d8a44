// SPDX-License-Identifier: MIT
//
// once.c - every goroutine runs exactly once, and after every wait exactly once.
//
//	once SPAWNS SEED [FLAGS]     FLAGS: m without thrum_maxprocs, f without foreign calls
//
// A tree of goroutines, each of which follows its random numbers. It yields, spawns some or a burst
// of more than the ring holds, waits for them, parks until another readies it, is frozen meanwhile,
// or recurses. It sleeps in a foreign call, sorts with a comparison function that yields, locks its
// thread, or changes the number of ps. Each has a slot that it must find at 0, and all slots must
// be 1 at the end. Each wait has a word that is set before the wait ends. A local whose address is
// known to no other goroutine is compared after each step.
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <thrum.h>

#include "random.h"
#define CHECK_END abort()
#include "../prog/extra/check.h"

#define NBOX 61

static long total;
static uint64_t seed;
static _Atomic uint8_t *slot;
static _Atomic long taken, ended, steps, parks, bursts, froze;
static _Atomic int maxprocs = 1, foreign = 1;
static thrum_wg all;

// A waiter puts itself into a box; the next goroutine that comes to the box readies it.
struct waiter {
	thrum_g *g;
	_Atomic int woken;
};
static struct waiter *_Atomic box[NBOX];

static void task(void *arg);

static long
spawn(long n)
{
	long first = taken;
	do
		if (n > total - first)
			n = total - first;
	while (!atomic_compare_exchange_weak(&taken, &first, first + n));
	thrum_wg_add(&all, n);
	for (long i = 0; i < n; i++)
		CHECK(thrum_go(task, (void *)(first + i)) == 0);
	return n;
}

static void
wake(struct waiter *w)
{
	if (!w)
		return;
	thrum_g *g = w->g; // *w may be gone as soon as woken is 1
	w->woken = 1;
	thrum_ready(g);
}

static void
waitinbox(uint64_t r)
{
	struct waiter w = {thrum_self(), 0};
	wake(atomic_exchange(&box[r % NBOX], &w));
	while (!w.woken)
		thrum_park();
	parks++;
}

static thrum_g *_Atomic freezable;

static __attribute__((noinline)) uint64_t
deep(long n, uint64_t v, long at)
{
	if (n == at)
		thrum_yield();
	return n == 0 ? v : deep(n - 1, v * 3 + (uint64_t)n, at) - (uint64_t)n;
}

static uint64_t
deepshould(long n, uint64_t v)
{
	uint64_t sub = 0;
	for (; n > 0; n--) {
		v = v * 3 + (uint64_t)n;
		sub += (uint64_t)n;
	}
	return v - sub;
}

static int
compare(const void *a, const void *b)
{
	if (*(const int *)a % 7 == 0)
		thrum_yield();
	return *(const int *)a < *(const int *)b ? -1 : *(const int *)a > *(const int *)b;
}

struct group {
	thrum_wg wg;
	_Atomic int n;
};

static void
member(void *arg)
{
	struct group *gr = arg;
	if (gr->n & 1)
		thrum_yield();
	gr->n++;
	thrum_wg_done(&gr->wg);
}

static void
step(uint64_t *r)
{
	uint64_t v = next(r);
	uint64_t what = v % 1000;
	v >>= 20;
	if (what < 300) {
		thrum_yield();
	} else if (what < 480) {
		spawn((long)(v % 3) + 1);
	} else if (what < 482) {
		bursts += spawn((long)(v % 600) + 1) > 256;
	} else if (what < 700) {
		waitinbox(v);
	} else if (what < 760) {
		struct group gr = {0};
		int n = (int)(v % 9);
		thrum_wg_add(&gr.wg, n);
		for (int i = 0; i < n; i++)
			CHECK(thrum_go(member, &gr) == 0);
		thrum_wg_wait(&gr.wg);
		CHECK(gr.n == n);
	} else if (what < 830) {
		long n = (long)(v % 60);
		CHECK(deep(n, v, n / 2) == deepshould(n, v));
	} else if (what < 832) {
		long n = (long)(v % 4000);
		CHECK(deep(n, v, n / 2) == deepshould(n, v));
	} else if (what < 870) {
		thrum_g *g = freezable;
		if (g && thrum_freeze(g) == 0)
			froze++;
		freezable = thrum_self();
		waitinbox(v >> 8);
	} else if (what < 880) {
		int a[20];
		for (int i = 0; i < 20; i++)
			a[i] = (int)(next(r) % 1000);
		qsort(a, 20, sizeof *a, compare);
		for (int i = 1; i < 20; i++)
			CHECK(a[i - 1] <= a[i]);
	} else if (what < 884 && foreign) {
		usleep((useconds_t)(v % 100));
	} else if (what < 890) {
		thrum_lock_thread();
		int tid = gettid();
		for (uint64_t i = v % 4; i > 0; i--) {
			thrum_yield();
			CHECK(gettid() == tid);
		}
		thrum_unlock_thread();
	} else if (what == 890 && maxprocs && v % 16 == 0) {
		int n = thrum_maxprocs(0);
		thrum_maxprocs(n > 1 && v & 1024 ? n - 1 : n + 1 > 64 ? 64 : n + 1);
	} else if (what < 930) {
		wake(atomic_exchange(&box[v % NBOX], NULL));
	}
	steps++;
}

static void
task(void *arg)
{
	long i = (long)arg;
	uint64_t r = seed + (uint64_t)i * 0x2545f4914f6cdd1d, mark = next(&r);
	volatile uint64_t mine = mark;
	CHECK(atomic_fetch_add(&slot[i], 1) == 0);
	for (uint64_t n = next(&r) % 6; n > 0; n--) {
		step(&r);
		CHECK(mine == mark);
	}
	ended++;
	if (next(&r) % 64 == 0) {
		thrum_wg_done(&all);
		thrum_goexit();
	}
	thrum_wg_done(&all);
}

int
main(int argc, char **argv)
{
	total = argc > 1 ? atol(argv[1]) : 100000;
	seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	if (argc > 3) {
		maxprocs = !strchr(argv[3], 'm');
		foreign = !strchr(argv[3], 'f');
	}
	CHECK((slot = calloc((size_t)total, 1)) != NULL);
	for (uint64_t r = seed; taken < total;) {
		spawn(1 + (long)(next(&r) % 300));
		// Some wait in boxes to which nobody comes any more.
		while (taken - ended > 5000) {
			for (int i = 0; i < NBOX; i++)
				wake(atomic_exchange(&box[i], NULL));
			thrum_yield();
		}
	}
	while (ended < total) {
		for (int i = 0; i < NBOX; i++)
			wake(atomic_exchange(&box[i], NULL));
		thrum_yield();
	}
	thrum_wg_wait(&all);
	for (long i = 0; i < total; i++)
		CHECK(slot[i] == 1);
	thrum_stats s;
	thrum_get_stats(&s);
	printf("%ld goroutines, %ld steps, %ld parks, %ld bursts, %ld frozen, %lu switches, %lu steals, %lu handovers, %lu retakes\n",
		total, (long)steps, (long)parks, (long)bursts, (long)froze, (unsigned long)s.switches, (unsigned long)s.steals,
		(unsigned long)s.handovers, (unsigned long)s.retakes);
	return 0;
}
