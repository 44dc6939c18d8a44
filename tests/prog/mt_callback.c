// SPDX-License-Identifier: MIT
// Shows that comparison functions of qsort may yield, park, spawn and sort in turn, in 100
// goroutines on several ps: each qsort stays on its thread.
// thrum-only
// env: THRUM_PROCS=4
// levels: O0 O2
// out: ok
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include "extra/leak.h"
#include "extra/check.h"

#define N 100
#define LEN 40
#define ROUNDS 3

static thrum_wg wg;
static _Atomic long moved, readied;

// One sort: the thread it is on. qsort has no argument for it, so it stands before the elements.
struct sort {
	pthread_t thread;
	thrum_g *g;
	int level;
};
struct elem {
	struct sort *s;
	int v;
};

static void sort(int level, uint64_t r);

static void
wakes(void *arg)
{
	struct sort *s = arg;
	readied++;
	thrum_ready(s->g);
}

// Of the thread that it is on now, although pthread_self is declared const.
static inline pthread_t
thread(void)
{
	pthread_t t;
	__asm__ volatile("movq %%fs:0x10, %0" : "=r"(t));
	CHECK(pthread_equal(t, pthread_self()));
	return t;
}

static __attribute__((noinline)) long
deep(int n)
{
	volatile long v = n;
	return n == 0 ? 0 : deep(n - 1) + v;
}

static int
compare(const void *a, const void *b)
{
	const struct elem *x = a, *y = b;
	struct sort *s = x->s;
	CHECK(pthread_equal(thread(), s->thread));
	CHECK(thrum_self() == s->g);
	switch ((x->v + y->v) % 29) {
	case 0:
	case 1:
		thrum_yield();
		break;
	case 2:
		CHECK(thrum_go(wakes, s) == 0);
		thrum_park();
		break;
	case 3:
		CHECK(deep(300) == 300 * 301 / 2);
		break;
	case 4:
		if (s->level < 2 && x->v % 4 == 0)
			sort(s->level + 1, (uint64_t)x->v);
	}
	CHECK(pthread_equal(thread(), s->thread));
	CHECK(thrum_self() == s->g);
	return x->v < y->v ? -1 : x->v > y->v;
}

static void
sort(int level, uint64_t r)
{
	struct sort s = {0, thrum_self(), level};
	struct elem e[LEN];
	int n = level ? 8 : LEN;
	for (int i = 0; i < n; i++) {
		r = r * 6364136223846793005u + 1442695040888963407u;
		e[i] = (struct elem){&s, (int)(r >> 40)};
	}
	// A call may end on another thread: which one this qsort is on, only a comparison can tell.
	// The first one does.
	int first(const void *a, const void *b);
	qsort(e, (size_t)n, sizeof *e, first);
	for (int i = 1; i < n; i++)
		CHECK(e[i - 1].v <= e[i].v);
}

int
first(const void *a, const void *b)
{
	struct sort *s = ((const struct elem *)a)->s;
	if (!s->thread)
		s->thread = thread();
	return compare(a, b);
}

static void
sorts(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_t t = thread();
		sort(0, (uint64_t)arg * 1000 + (uint64_t)i);
		thrum_yield();
		moved += !pthread_equal(t, thread());
	}
	thrum_wg_done(&wg);
}

static void
all(void)
{
	thrum_wg_add(&wg, N);
	for (long i = 1; i <= N; i++)
		CHECK(thrum_go(sorts, (void *)i) == 0);
	thrum_wg_wait(&wg);
}

int
main(void)
{
	alarm(100);
	all();
	leak_begin();
	all();
	leak_end();
	CHECK(moved > 0 && readied > 0);
	puts("ok");
	return 0;
}
