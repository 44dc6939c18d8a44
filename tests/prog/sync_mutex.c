// SPDX-License-Identifier: MIT
// Shows that a mutex lets one in at a time: goroutines and threads, with and without yields inside,
// trylock, and an unlock by another goroutine.
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

#define TASKS 40
#define TIMES 500
#define THREADS 3

static thrum_mutex m;
static thrum_wg wg;
static long count, tried; // m
static int inside;

static void
enter(int i)
{
	CHECK(inside++ == 0);
	count++;
	if (i % 16 == 0)
		thrum_yield();
	CHECK(--inside == 0);
}

static void
task(void *arg)
{
	long failed = 0;
	(void)arg;
	for (int i = 0; i < TIMES; i++) {
		if (i % 3 == 0) {
			while (!thrum_mutex_trylock(&m)) {
				failed++;
				thrum_yield();
			}
		} else {
			thrum_mutex_lock(&m);
		}
		enter(i);
		thrum_mutex_unlock(&m);
		if (i % 50 == 0)
			thrum_yield();
	}
	thrum_mutex_lock(&m);
	tried += failed;
	thrum_mutex_unlock(&m);
	thrum_wg_done(&wg);
}

static void *
thread(void *arg)
{
	(void)arg;
	for (int i = 0; i < TIMES; i++) {
		thrum_mutex_lock(&m);
		enter(1);
		thrum_mutex_unlock(&m);
	}
	return NULL;
}

static void
other(void *arg)
{
	thrum_mutex_unlock(arg);
	thrum_wg_done(&wg);
}

int
main(void)
{
	pthread_t t[THREADS];
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&t[i], NULL, thread, NULL) == 0);
	thrum_wg_add(&wg, TASKS);
	for (int i = 0; i < TASKS; i++)
		CHECK(thrum_go(task, NULL) == 0);
	thrum_wg_wait(&wg);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(t[i], NULL) == 0);
	CHECK(count == (TASKS + THREADS) * TIMES && m.state == 0);

	thrum_mutex local = {0};
	CHECK(thrum_mutex_trylock(&local));
	CHECK(!thrum_mutex_trylock(&local));
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(other, &local) == 0);
	thrum_mutex_lock(&local); // free when the other has unlocked it
	thrum_mutex_unlock(&local);
	thrum_wg_wait(&wg);
	puts("ok");
	return 0;
}
