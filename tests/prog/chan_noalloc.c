// SPDX-License-Identifier: MIT
// Shows that channels and selects in use take no memory: the heap stays as it is, and the process
// may not map any more. One P, so that no thread has to be started meanwhile.
// thrum-only
// env: THRUM_PROCS=1
// levels: O0 O2
// modes: normal stackmove (a preempted goroutine needs room for its registers)
// out: ok
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <thrum.h>

#include "extra/check.h"

enum { N = 20 };

static THRUM_CHAN(long) c[N];
static thrum_wg wg;

// Half of them wait in a select over all channels, half in a send.
static void
chooser(void *arg)
{
	thrum_selcase k[N];
	long v[N], rounds = (long)arg;
	for (long r = 0; r < rounds; r++) {
		for (int i = 0; i < N; i++)
			k[i] = (thrum_selcase){ thrum_chan_raw(c[i]), &v[i], false, false };
		CHECK(thrum_select(k, N, -1) >= 0);
	}
	thrum_wg_done(&wg);
}

static void
sender(void *arg)
{
	long rounds = (long)arg;
	for (long r = 0; r < rounds; r++) {
		THRUM_SEND(c[r % N], r);
		if (r % 8 == 0)
			thrum_yield();
	}
	thrum_wg_done(&wg);
}

static void
storm(int n, long rounds)
{
	thrum_wg_add(&wg, 2 * n);
	for (int i = 0; i < n; i++)
		CHECK(thrum_go(chooser, (void *)rounds) == 0);
	thrum_stats s;
	do { // all wait: no more than that can be in use at one time
		thrum_yield();
		thrum_get_stats(&s);
	} while (s.waiting < (uint64_t)n);
	for (int i = 0; i < n; i++)
		CHECK(thrum_go(sender, (void *)rounds) == 0);
	thrum_wg_wait(&wg);
}

static void
nothing(void *arg)
{
	(void)arg;
	thrum_wg_done(&wg);
}

// A goroutine that a thread starts goes to the global queue, and so does a preempted one: the queue
// has room for a thousand then.
static void *
global(void *arg)
{
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(nothing, NULL) == 0);
	return arg;
}

int
main(void)
{
	pthread_t t;
	struct rlimit all;
	for (int i = 0; i < N; i++)
		c[i] = thrum_chan_of(long, (size_t)(i % 3));
	CHECK(pthread_create(&t, NULL, global, NULL) == 0 && pthread_join(t, NULL) == 0);
	// Stacks, goroutines, threads; sudogs, of which each P keeps some that others lack.
	storm(3 * N, 100);
	size_t before = mallinfo2().uordblks;
	CHECK(getrlimit(RLIMIT_AS, &all) == 0);
	CHECK(setrlimit(RLIMIT_AS, &(struct rlimit){ 0, all.rlim_max }) == 0);
	// The limit holds.
	CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	storm(N, 2000);
	CHECK(setrlimit(RLIMIT_AS, &all) == 0);
	CHECK(mallinfo2().uordblks == before);
	puts("ok");
	return 0;
}
