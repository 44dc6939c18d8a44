// SPDX-License-Identifier: MIT
//
// scan.c - a walk over the stacks of all goroutines finds what each of them holds, each once, while
// all run.
//
//	scan N WALKS SEED    N goroutines that hold a word each, and WALKS walks
//	scan parked N        how long a walk over N parked goroutines takes
//
// Each goroutine keeps a random word. Nothing but its own registers, stack or unsafe frames holds
// it. Goroutines are parked in many ways, runnable, computing, in a foreign call, in a callback,
// frozen, or locked to their threads. Goroutines and a thread that runs none take turns as walkers,
// and some share the work. Others change the number of Ps, have functions called on each P, freeze
// goroutines and let them go on, begin and end goroutines, and fork. After each walk every word
// must have been found in exactly one visit of its goroutine.

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thrum.h>
#include <time.h>
#include <unistd.h>

#include "random.h"
#include "scan.h"
#define CHECK_END abort()
#include "../prog/extra/check.h"

enum { HELPERS = 2, MANY = 1000 };

static _Atomic bool over;
static _Atomic uint64_t planted;
static uint64_t nwords, seed;
static struct word *words;
static thrum_g *_Atomic *gs, *_Atomic *all; // those that call thrum_park; all
static thrum_wg wg;
static THRUM_CHAN(int) end, ping;
static thrum_sema sema;
static _Atomic uint32_t futexword;

#define KEEP(v) __asm__ volatile("" : "+r"(v))
// PUT stores the word and leaves it in no register: a push for alignment would keep it.
#define PUT(place, w) \
	__asm__ volatile("movq %1, %%rax; movq %%rax, %0; xorl %%eax, %%eax" : "=m"(place) : "m"((w)->value) : "rax", "cc")

// ---- goroutines that hold a word -----------------------------------------------------

static void
channel(struct word *w)
{
	uint64_t v = w->value;
	int x;
	KEEP(v);
	planted++;
	while (THRUM_RECV(end, &x))
		;
	KEEP(v);
}

// The word is in an unsafe frame.
static void
unsafely(struct word *w)
{
	uint64_t v[8] = {0};
	volatile uint64_t *p = v;
	int x;
	__asm__ volatile("" : "+r"(p) : : "memory");
	PUT(p[w->kind % 8], w);
	planted++;
	while (THRUM_RECV(end, &x))
		;
	CHECK(p[w->kind % 8] == w->value);
}

// ... in one with memory of its own.
static void
largely(struct word *w)
{
	size_t n = 20000;
	uint64_t v[n];
	volatile uint64_t *p = v;
	__asm__ volatile("" : "+r"(p) : : "memory");
	PUT(p[n - 1], w);
	planted++;
	int x;
	while (THRUM_RECV(end, &x))
		;
	CHECK(p[n - 1] == w->value);
}

// ... in a chunk that is not the last.
static __attribute__((noinline)) void
chunks(struct word *w, int depth)
{
	volatile char room[3000];
	volatile char *p = room;
	__asm__ volatile("" : "+r"(p) : : "memory");
	p[depth] = 1;
	if (depth > 0) {
		chunks(w, depth - 1);
	} else {
		int x;
		planted++;
		while (THRUM_RECV(end, &x))
			;
	}
	CHECK(p[depth] == 1);
}

static void
manychunks(struct word *w)
{
	uint64_t v[8] = {0};
	volatile uint64_t *p = v;
	__asm__ volatile("" : "+r"(p) : : "memory");
	PUT(p[3], w);
	chunks(w, 60);
	CHECK(p[3] == w->value);
}

static __attribute__((noinline)) uint64_t
deeper(struct word *w, uint64_t v, int depth)
{
	KEEP(v);
	if (depth == 0)
		channel(w);
	else
		v += deeper(w, depth == 40 ? 1 : v + 1, depth - 1);
	KEEP(v);
	return v;
}

// The word is far up on a stack that has grown.
static void
deep(struct word *w)
{
	uint64_t v = w->value;
	struct word other = {.value = 1};
	KEEP(v);
	deeper(&other, 7, 60);
	KEEP(v);
}

static void
sleeps(struct word *w)
{
	uint64_t v = w->value;
	KEEP(v);
	planted++;
	while (!over) {
		thrum_sleep(1000000 + v % 5000000);
		KEEP(v);
	}
}

static void
selects(struct word *w)
{
	uint64_t v = w->value;
	int x, y;
	KEEP(v);
	planted++;
	for (bool ok = true; ok;) {
		THRUM_SELECT {
			THRUM_ON_RECV_OK(end, &x, &ok) {}
			THRUM_ON_RECV(ping, &y) {}
		}
		KEEP(v);
	}
}

static void
semaphore(struct word *w)
{
	uint64_t v = w->value;
	KEEP(v);
	planted++;
	thrum_sema_acquire(&sema);
	KEEP(v);
}

static void
yields(struct word *w)
{
	uint64_t v = w->value;
	KEEP(v);
	planted++;
	while (!over) {
		thrum_yield();
		KEEP(v);
	}
}

// A signal stops it.
static void
computes(struct word *w)
{
	uint64_t v = w->value, n = 0;
	KEEP(v);
	planted++;
	while (!over)
		__asm__ volatile("" : "+r"(v), "+r"(n));
}

// ... and the word is in a vector register.
static void
vectors(struct word *w)
{
	double v;
	__asm__ volatile("movq %1, %0" : "=x"(v) : "m"(w->value));
	planted++;
	while (!over)
		__asm__ volatile("" : "+x"(v));
}

// in_register: the word is in one register while foreign code sleeps.
#define in_register(reg) \
	static void in_##reg(struct word *w) \
	{ \
		register uint64_t v __asm__(#reg) = w->value; \
		__asm__ volatile("" : "+r"(v)); \
		planted++; \
		while (!over) { \
			usleep(300); \
			__asm__ volatile("" : "+r"(v)); \
		} \
	}
in_register(rbx)
in_register(r12)
in_register(r13)
in_register(r14)
in_register(r15)

// The word is in a large unsafe frame during a foreign call.
static void
largeincall(struct word *w)
{
	size_t n = 20000;
	uint64_t v[n];
	volatile uint64_t *p = v;
	__asm__ volatile("" : "+r"(p) : : "memory");
	PUT(p[n - 1], w);
	planted++;
	while (!over)
		usleep(1000);
	CHECK(p[n - 1] == w->value);
}

// The word is in an unsafe frame during short calls, as those of other goroutines on the same
// thread.
static void
unsafeincall(struct word *w)
{
	uint64_t v[8] = {0};
	volatile uint64_t *p = v;
	__asm__ volatile("" : "+r"(p) : : "memory");
	PUT(p[5], w);
	planted++;
	while (!over)
		usleep(20);
	CHECK(p[5] == w->value);
}

// The word is only an argument of a foreign call, which blocks long.
static void
argument(struct word *w)
{
	planted++;
	while (!over) {
		struct timespec t = {0, 5000000};
		uint64_t v = w->value;
		syscall(SYS_futex, &futexword, 0, 0, &t, v, 0L);
	}
}

static int
compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int
comparewaits(const void *a, const void *b)
{
	struct word *w = *(struct word *const *)a;
	uint64_t v = w->value;
	(void)b;
	KEEP(v);
	planted++;
	while (!over) {
		thrum_sleep(300000);
		KEEP(v);
	}
	return 0;
}

static void
calledback(struct word *w)
{
	struct word *two[2] = {w, w};
	qsort(two, 2, sizeof *two, comparewaits);
}

// Above a foreign call that calls back all the time.
static void
above(struct word *w)
{
	uint64_t v = w->value;
	KEEP(v);
	planted++;
	while (!over) {
		int n[64];
		for (int i = 0; i < 64; i++)
			n[i] = i * 13 % 64;
		qsort(n, 64, sizeof *n, compare);
		CHECK(n[63] == 63);
		KEEP(v);
	}
}

static void
locked(struct word *w)
{
	uint64_t v = w->value;
	KEEP(v);
	thrum_lock_thread();
	planted++;
	while (!over) {
		thrum_sleep(200000);
		KEEP(v);
		usleep(100);
		KEEP(v);
	}
	thrum_unlock_thread();
}

// It is frozen, and goes on, by a helper.
static void
parks(struct word *w)
{
	uint64_t v = w->value;
	KEEP(v);
	atomic_store(&gs[w - words], thrum_self());
	planted++;
	while (!over) {
		thrum_park();
		KEEP(v);
	}
}

static const struct kind {
	void (*fn)(struct word *w);
	uint64_t most; // 0: any number of goroutines
} kinds[] = {
	{channel, 0}, {unsafely, MANY}, {parks, 0}, {semaphore, 0}, {sleeps, MANY}, {selects, MANY}, {deep, MANY}, {largely, 4},
	{manychunks, 4}, {yields, 50}, {computes, 2}, {vectors, 1}, {in_rbx, 1}, {in_r12, 1}, {in_r13, 1}, {in_r14, 1},
	{in_r15, 1}, {largeincall, 2}, {unsafeincall, 6}, {argument, 2}, {calledback, 4}, {above, 2}, {locked, 3},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void
planter(void *arg)
{
	struct word *w = arg;
	atomic_store(&all[w - words], thrum_self());
	kinds[w->kind].fn(w);
	thrum_wg_done(&wg);
}

// ---- what goes on besides ------------------------------------------------------------

static void
nothing(void *unused)
{
	(void)unused;
}

static void
forks(void)
{
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) { // the only goroutine, and no walk has begun
		if (thrum_test_begin(planter, UINT64_MAX) != 0)
			_exit(1);
		thrum_test_end();
		_exit(thrum_test_others() == 1 ? 0 : 2);
	}
	int status;
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(status == 0);
}

static void
helps(void *number)
{
	uint64_t r = seed + 100 + (uintptr_t)number;
	while (!over) {
		thrum_g *gp = atomic_load(&gs[next(&r) % nwords]);
		switch (next(&r) % 16) {
		case 0:
			thrum_maxprocs(1 + (int)(next(&r) % 4));
			break;
		case 1:
			thrum_stack_trim();
			break;
		case 2:
			if (next(&r) % 16 == 0)
				forks();
			break;
		case 3:
			CHECK(thrum_go(nothing, NULL) == 0);
			break;
		case 4: {
			int v = 1;
			THRUM_TRYSEND(ping, v);
			break;
		}
		case 5:
		case 6:
		case 7:
			if (gp)
				(void)thrum_freeze(gp);
			break;
		case 9: {
			thrum_stackinfo info;
			thrum_g *any = atomic_load(&all[next(&r) % nwords]);
			if (any)
				(void)thrum_stack_info(any, &info);
			break;
		}
		case 8:
			thrum_sleep(next(&r) % 200000);
			break;
		default:
			if (gp)
				thrum_ready(gp);
		}
	}
	thrum_wg_done(&wg);
}

static _Atomic bool sharing;

static void
shares(void *unused)
{
	(void)unused;
	while (!over) {
		if (atomic_load(&sharing))
			thrum_test_some(300);
		else
			thrum_sleep(100000);
	}
	thrum_wg_done(&wg);
}

static void
walk(uint64_t *r)
{
	int rc = thrum_test_begin(planter, next(r) % 4 == 0 ? next(r) % 300000 : UINT64_MAX);
	bool whole = rc == 0;
	if (whole) {
		CHECK(thrum_test_begin(planter, 0) < 0); // one at a time
		atomic_store(&sharing, next(r) % 2);
		for (uint64_t n = next(r) % 100; n > 0 && thrum_test_some(1 + next(r) % 1000); n--)
			thrum_yield();
		atomic_store(&sharing, false);
		thrum_test_end();
	}
	uint64_t bad = 0;
	for (uint64_t i = 0; i < nwords; i++) {
		struct word *w = &words[i];
		if (w->visits > 1 || w->found != w->visits || (whole && w->visits != 1)) {
			if (bad++ == 0)
				fprintf(stderr, "word %llu of kind %u: %u visits, found in %u\n", (unsigned long long)i, w->kind, w->visits, w->found);
		}
		w->visits = w->found = 0;
	}
	CHECK(bad == 0);
}

static void *
walksoutside(void *walks)
{
	uint64_t r = seed + 1;
	for (uintptr_t i = 0; i < (uintptr_t)walks; i++)
		walk(&r);
	return NULL;
}

static int
bycompare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static uint64_t
ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void
waits(void *unused)
{
	int x;
	(void)unused;
	THRUM_RECV(end, &x);
}

static int
parked(uint64_t n)
{
	enum { ROUNDS = 9 };
	uint64_t time[ROUNDS], sum;
	end = thrum_chan_of(int, 0);
	for (uint64_t i = 0; i < n; i++)
		CHECK(thrum_go(waits, NULL) == 0);
	thrum_stats s;
	do {
		thrum_sleep(10000000);
		thrum_get_stats(&s);
	} while (s.waiting < n);
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t start = ns();
		CHECK(thrum_test_sum(&sum) >= n);
		time[i] = ns() - start;
	}
	qsort(time, ROUNDS, sizeof *time, bycompare);
	printf("%llu parked goroutines walked in %.1f ms (%.1f to %.1f), %.0f ns each\n", (unsigned long long)n,
		(double)time[ROUNDS / 2] / 1e6, (double)time[0] / 1e6, (double)time[ROUNDS - 1] / 1e6,
		(double)time[ROUNDS / 2] / (double)n);
	THRUM_CLOSE(end);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 3)
		return parked(strtoull(argv[2], NULL, 0));
	CHECK(argc == 4);
	nwords = strtoull(argv[1], NULL, 0);
	uint64_t walks = strtoull(argv[2], NULL, 0);
	seed = strtoull(argv[3], NULL, 0);
	end = thrum_chan_of(int, 0);
	ping = thrum_chan_of(int, 0);
	words = calloc(nwords, sizeof *words);
	gs = calloc(nwords, sizeof *gs);
	all = calloc(nwords, sizeof *all);
	CHECK(end && ping && words && gs && all);
	uint64_t count[KINDS] = {0}, r = seed;
	thrum_wg_add(&wg, (int)nwords);
	for (uint64_t i = 0; i < nwords; i++) {
		uint32_t k;
		do
			k = i < KINDS ? (uint32_t)i : (uint32_t)(next(&r) % KINDS);
		while (kinds[k].most && count[k] >= kinds[k].most);
		count[k]++;
		words[i].value = next(&r) | 1ull << 63;
		words[i].kind = k;
		CHECK(thrum_go(planter, &words[i]) == 0);
	}
	while (planted < nwords)
		thrum_sleep(1000000);
	thrum_wg_add(&wg, HELPERS + 1);
	for (uintptr_t i = 0; i < HELPERS; i++)
		CHECK(thrum_go(helps, (void *)i) == 0);
	CHECK(thrum_go(shares, NULL) == 0);
	for (uint64_t i = 0; i < walks; i++)
		walk(&r);
	pthread_t t;
	CHECK(pthread_create(&t, NULL, walksoutside, (void *)(uintptr_t)walks) == 0);
	CHECK(pthread_join(t, NULL) == 0);
	over = true;
	THRUM_CLOSE(end);
	for (uint64_t i = 0; i < nwords; i++) {
		if (atomic_load(&gs[i]))
			thrum_ready(atomic_load(&gs[i]));
		if (kinds[words[i].kind].fn == semaphore)
			thrum_sema_release(&sema);
	}
	thrum_wg_wait(&wg);
	printf("%llu goroutines, %llu walks by goroutines and a thread\n", (unsigned long long)nwords, 2 * (unsigned long long)walks);
	return 0;
}
