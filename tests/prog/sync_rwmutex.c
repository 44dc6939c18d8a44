// SPDX-License-Identifier: MIT
// Shows that readers and writers follow their rules: readers together, a writer alone, a waiting
// writer before later readers, those before the next writer, and the try variants.
// thrum-only
// env: THRUM_PROCS=3
// out: ok
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <pthread.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_rwmutex rw;
static thrum_wg wg;
static _Atomic int readers, writers, most, order;
static long value, twice; // rw
static int when[4];

static void
reader(void *arg)
{
	for (int i = 0; i < 300; i++) {
		if (i % 5 == 0)
			while (!thrum_rwmutex_tryrlock(&rw))
				thrum_yield();
		else
			thrum_rwmutex_rlock(&rw);
		int n = ++readers;
		if (n > most)
			most = n;
		CHECK(writers == 0 && twice == 2 * value);
		if (i % 4 == 0)
			thrum_yield();
		CHECK(writers == 0 && twice == 2 * value);
		readers--;
		thrum_rwmutex_runlock(&rw);
	}
	thrum_wg_done(arg);
}

static void
writer(void *arg)
{
	for (int i = 0; i < 100; i++) {
		if (i % 5 == 0)
			while (!thrum_rwmutex_trylock(&rw))
				thrum_yield();
		else
			thrum_rwmutex_lock(&rw);
		CHECK(++writers == 1 && readers == 0);
		value++;
		if (i % 4 == 0)
			thrum_yield();
		twice += 2;
		CHECK(--writers == 0 && readers == 0);
		thrum_rwmutex_unlock(&rw);
	}
	thrum_wg_done(arg);
}

static void *
thread(void *arg)
{
	for (int i = 0; i < 100; i++) {
		thrum_rwmutex_rlock(&rw);
		CHECK(twice == 2 * value);
		thrum_rwmutex_runlock(&rw);
	}
	thrum_wg_add(arg, 1);
	writer(arg);
	return NULL;
}

static void
laterwriter(void *arg)
{
	thrum_rwmutex_lock(&rw);
	when[(long)arg] = ++order;
	thrum_rwmutex_unlock(&rw);
	thrum_wg_done(&wg);
}

static void
laterreader(void *arg)
{
	thrum_rwmutex_rlock(&rw);
	when[(long)arg] = ++order;
	thrum_rwmutex_runlock(&rw);
	thrum_wg_done(&wg);
}

int
main(void)
{
	pthread_t t;
	thrum_wg all = {0};
	thrum_wg_add(&all, 15);
	CHECK(pthread_create(&t, NULL, thread, &all) == 0);
	for (int i = 0; i < 10; i++)
		CHECK(thrum_go(reader, &all) == 0);
	for (int i = 0; i < 5; i++)
		CHECK(thrum_go(writer, &all) == 0);
	thrum_wg_wait(&all);
	CHECK(pthread_join(t, NULL) == 0);
	CHECK(value == 600 && twice == 1200 && most > 1);

	// main reads; a writer waits; a reader that comes then waits behind it; a second writer is
	// the last.
	thrum_maxprocs(1);
	thrum_rwmutex_rlock(&rw);
	CHECK(thrum_rwmutex_tryrlock(&rw));
	thrum_rwmutex_runlock(&rw);
	CHECK(!thrum_rwmutex_trylock(&rw));
	thrum_wg_add(&wg, 3);
	CHECK(thrum_go(laterwriter, (void *)1) == 0);
	while (rw.readers >= 0)
		thrum_yield();
	CHECK(!thrum_rwmutex_tryrlock(&rw));
	CHECK(thrum_go(laterreader, (void *)2) == 0);
	thrum_yield();
	CHECK(thrum_go(laterwriter, (void *)3) == 0);
	thrum_yield();
	CHECK(order == 0);
	thrum_rwmutex_runlock(&rw);
	thrum_wg_wait(&wg);
	CHECK(when[1] == 1 && when[2] == 2 && when[3] == 3);
	puts("ok");
	return 0;
}
