// SPDX-License-Identifier: MIT
// parts.c - see alloc.h.

#include "alloc.h"

#include <fcntl.h>
#include <stdatomic.h>

#ifdef __THRUM__
typedef thrum_sema sema;
#define acquire thrum_sema_acquire
#define release thrum_sema_release
#else
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
typedef sem_t sema; // all zero is one without units
#define acquire sem_wait
#define release sem_post
#endif

uint32_t alloc_sizes[SIZES];

static sema begin, end;
static void (*job)(unsigned);
static _Alignas(64) _Atomic unsigned here; // workers that are about to begin
static _Alignas(64) uint64_t ended;        // when the second worker was done
static uint64_t round_no;

void
alloc_check(void)
{
#ifndef __THRUM__
	const char *names[] = {"malloc", "calloc", "free"};
	for (int i = 0; i < 3; i++) {
		Dl_info at;
		void *f = dlsym(RTLD_DEFAULT, names[i]);
		if (f == NULL || dladdr(f, &at) == 0 || strstr(at.dli_fname, ALLOC_LIB) == NULL) {
			fprintf(stderr, "alloc: %s is not that of " ALLOC_LIB "\n", names[i]);
			exit(1);
		}
	}
#endif
}

static void
work(unsigned me)
{
	atomic_fetch_add(&here, 1);
	for (unsigned k = 0; atomic_load(&here) != 2; k++)
		relax(k);
	job(me);
}

static void
second(void *arg)
{
	(void)arg;
	for (;;) {
		acquire(&begin);
		work(1);
		ended = bench_wall();
		release(&end);
	}
}

#ifndef __THRUM__
static void *
thread(void *arg)
{
	second(arg);
	return NULL;
}
#endif

static void
start_second(void)
{
#ifdef __THRUM__
	int err = thrum_go(second, NULL);
#else
	pthread_t t;
	int err = pthread_create(&t, NULL, thread, NULL);
#endif
	if (err != 0) {
		fprintf(stderr, "alloc: cannot start the second worker\n");
		exit(1);
	}
}

// work's wait is part of the time: less than a microsecond once the second worker is there.
uint64_t
alloc_both(void (*fn)(unsigned me))
{
	bench_procs(2);
	if (round_no++ == 0)
		start_second();
	job = fn;
	here = 0;
	release(&begin);
	for (unsigned k = 0; atomic_load(&here) != 1; k++)
		relax(k);
	uint64_t t = bench_wall();
	work(0);
	uint64_t mine = bench_wall();
	acquire(&end);
	return (mine > ended ? mine : ended) - t;
}

uint64_t
alloc_seed(unsigned me)
{
	return (2 * round_no + me + 1) * 0x9e3779b97f4a7c15u;
}

void
alloc_peak(bench_case *c)
{
	static char text[4096];
	int fd = open("/proc/self/status", O_RDONLY);
	if (fd < 0)
		return;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	const char *at = strstr(text, "VmHWM:");
	if (at != NULL)
		bench_metric(c, "peak-B", 1024.0 * strtod(at + 6, NULL));
}

void
alloc_even(uint32_t lo, uint32_t hi)
{
	uint64_t s = 1;
	for (unsigned i = 0; i < SIZES; i++)
		alloc_sizes[i] = lo + (uint32_t)(bench_random(&s) >> 32) % (hi - lo);
}

void
alloc_log(uint32_t lo, uint32_t hi)
{
	uint64_t s = 1;
	unsigned octaves = (unsigned)__builtin_ctz(hi / lo);
	for (unsigned i = 0; i < SIZES; i++) {
		uint64_t r = bench_random(&s) >> 16;
		uint32_t from = lo << r % octaves;
		alloc_sizes[i] = from + (uint32_t)(r >> 16) % from;
	}
}
