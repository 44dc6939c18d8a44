// SPDX-License-Identifier: MIT
//
// preempt.c - goroutines of all kinds, asked to give way all the time, come out right.
//
//	preempt COUNT SEED    until goroutines were preempted COUNT times
//
// Each goroutine does one small thing after the other, chosen at random, and checks its result: all
// registers, loops without calls, tiny calls, deep recursion, variadic functions, unsafe frames,
// setjmp. Others are callbacks, foreign calls that are quick or block, malloc, locked threads,
// parking, spawning. One more goroutine changes the number of ps. The monitor of the test prints
// its progress every second, so that a run that stands still is seen.
#define _GNU_SOURCE
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include "../prog/extra/allregs.h"
#include "../prog/extra/storm.h"
#include "random.h"

#define WORKERS 12

static uint64_t want, seed0;
static _Atomic int stop;
static _Atomic long done[16], resized;

static inline __attribute__((always_inline)) int
tid(void)
{
	long rc;
	__asm__ volatile("syscall" : "=a"(rc) : "a"(SYS_gettid) : "rcx", "r11", "memory");
	return (int)rc;
}

static void
loop(uint64_t r)
{
	uint64_t x = r, y = r;
	double d = 1, e = 1;
	for (int i = 0; i < 20000; i++) {
		x = x * 6364136223846793005u + 7;
		d = d * 1.0000001 + 0.5;
	}
	for (int i = 0; i < 10000; i++) {
		y = (y * 6364136223846793005u + 7) * 6364136223846793005u + 7;
		e = e * 1.0000001 + 0.5;
		e = e * 1.0000001 + 0.5;
	}
	CHECK(x == y && d == e);
}

__attribute__((noinline)) static uint64_t
tiny(uint64_t x)
{
	return x * 5 + 1;
}

static void
calls(uint64_t r)
{
	uint64_t x = r, y = r;
	for (int i = 0; i < 5000; i++)
		x = tiny(tiny(x));
	for (int i = 0; i < 5000; i++)
		y = y * 25 + 6;
	CHECK(x == y);
}

__attribute__((noinline)) static uint64_t
deep(uint64_t n)
{
	volatile char pad[90];
	pad[n % 90] = (char)n;
	uint64_t r = n ? deep(n - 1) + n : 0;
	CHECK(pad[n % 90] == (char)n);
	return r;
}

__attribute__((noinline)) static uint64_t
sum(int n, ...)
{
	va_list ap;
	uint64_t s = 0;
	va_start(ap, n);
	for (int i = 0; i < n; i++) {
		s += va_arg(ap, uint64_t);
		for (volatile int k = 0; k < 200; k++)
			;
	}
	CHECK(deep(12) == 78);
	va_end(ap);
	return s;
}

static int
compare(const void *a, const void *b)
{
	for (volatile int k = 0; k < 200; k++)
		;
	return *(const int *)a - *(const int *)b;
}

static void
callbacks(uint64_t r)
{
	int v[40];
	for (int i = 0; i < 40; i++)
		v[i] = (int)((unsigned)i * 7 + r % 40) % 40;
	qsort(v, 40, sizeof *v, compare);
	for (int i = 0; i < 40; i++)
		CHECK(v[i] == i);
}

__attribute__((noinline)) static void
jump(jmp_buf env, uint64_t n)
{
	if (n == 0)
		longjmp(env, 7);
	jump(env, n - 1);
	CHECK(0);
}

static void
jumps(uint64_t r)
{
	jmp_buf env;
	volatile uint64_t keep = r;
	int n = setjmp(env);
	if (n == 0)
		jump(env, r % 40);
	CHECK(n == 7 && keep == r);
}

static void
memory(uint64_t r)
{
	size_t n = 1 + r % 5000;
	char *p = malloc(n), *q = calloc(1, n);
	CHECK(p && q);
	memset(p, (int)(r & 0x7f), n);
	memcpy(q, p, n);
	CHECK(memcmp(p, q, n) == 0 && q[n - 1] == (char)(r & 0x7f));
	free(p);
	free(q);
}

static void
text(uint64_t r)
{
	char b[64];
	uint64_t back = 0;
	int n = snprintf(b, sizeof b, "%" PRIu64 " %.3f", r, (double)(r % 1000) / 8);
	CHECK(n == (int)strlen(b) && sscanf(b, "%" SCNu64, &back) == 1 && back == r);
}

static void
locks(uint64_t r)
{
	thrum_lock_thread();
	int t = tid();
	loop(r);
	if (r % 8 == 0)
		thrum_yield();
	CHECK(tid() == t);
	thrum_unlock_thread();
}

static void
child(void *arg)
{
	loop((uint64_t)arg);
	thrum_wg_done(&wg);
}

static void
spawns(uint64_t r)
{
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(child, (void *)r) == 0);
}

static void
parks(uint64_t r)
{
	(void)r;
	thrum_ready(thrum_self());
	thrum_park();
}

static void
worker(void *arg)
{
	uint64_t s = seed0 * 1000 + (uint64_t)arg;
	allregs *pair = aligned_alloc(64, 2 * sizeof *pair);
	int kinds = allregs_best() + 1;
	CHECK(pair != NULL);
	while (!stop) {
		uint64_t r = next(&s), what = r >> 60;
		r &= 0xffffffffffff;
		switch (what) {
		case 0: case 1: case 2:
			CHECK(allregs_check(pair, (int)(r % (uint64_t)kinds), r, 1 + r % 20000) == 0);
			break;
		case 3: case 4:
			loop(r);
			break;
		case 5: calls(r); break;
		case 6: CHECK(deep(r % 100) == (r % 100) * (r % 100 + 1) / 2); break;
		case 7: CHECK(sum(3, r, (uint64_t)2, (uint64_t)3) == r + 5); break;
		case 8: callbacks(r); break;
		case 9: jumps(r); break;
		case 10: memory(r); break;
		case 11: text(r); break;
		case 12: locks(r); break;
		case 13: spawns(r); break;
		case 14: parks(r); break;
		default:
			if (r % 16 == 0)
				CHECK(usleep(20) == 0);
			else
				thrum_yield();
		}
		done[what]++;
	}
	free(pair);
	thrum_wg_done(&wg);
}

static void
resizes(void *arg)
{
	uint64_t s = seed0;
	(void)arg;
	while (!stop) {
		thrum_maxprocs(1 + (int)(next(&s) % 4));
		resized++;
		usleep(2000 + next(&s) % 20000);
	}
	thrum_wg_done(&wg);
}

int
main(int argc, char **argv)
{
	thrum_preempt_stats p;
	uint64_t last = 0;
	CHECK(argc == 3);
	want = strtoull(argv[1], NULL, 0);
	seed0 = strtoull(argv[2], NULL, 0);
	uint64_t begin = ns();
	thrum_wg_add(&wg, WORKERS + 1);
	for (long i = 0; i < WORKERS; i++)
		CHECK(thrum_go(worker, (void *)i) == 0);
	CHECK(thrum_go(resizes, NULL) == 0);
	for (int still = 0;;) {
		usleep(200000);
		thrum_get_preempt_stats(&p);
		uint64_t have = p.checked + p.polled + p.signalled;
		if (have >= want)
			break;
		still = have == last ? still + 1 : 0;
		CHECK(still < 150); // half a minute
		last = have;
	}
	stop = 1;
	thrum_wg_wait(&wg);
	thrum_get_preempt_stats(&p);
	long all = resized;
	for (int i = 0; i < 16; i++)
		all += done[i];
	printf("%lu preemptions, %lu by signals, of %ld steps in %.1f s; refused %lu foreign %lu runtime %lu unsafe\n",
		(unsigned long)(p.checked + p.polled + p.signalled), (unsigned long)p.signalled, all, (double)(ns() - begin) / 1e9,
		(unsigned long)p.foreign, (unsigned long)p.runtime, (unsigned long)p.unsafe);
	CHECK(p.signalled > want / 10);
	return 0;
}
