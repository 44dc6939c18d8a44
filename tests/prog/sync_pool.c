// SPDX-License-Identifier: MIT
// Shows that a pool keeps no more than its bound, hands nothing out twice, drops what two drains
// find unused, and loses nothing.
// thrum-only
// env: THRUM_PROCS=3
// extra: sync_x.c=gcc
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

#define TASKS 20
#define TIMES 500

void *foreign_make(void *arg);
void foreign_drop(void *object);
extern _Atomic long foreign_made, foreign_dropped;

static thrum_pool pool = {.make = foreign_make, .drop = foreign_drop};
static thrum_wg wg;

static void
use(void)
{
	long *x[3];
	for (int i = 0; i < TIMES; i++) {
		for (int k = 0; k <= i % 3; k++) {
			CHECK((x[k] = thrum_pool_get(&pool)) != NULL);
			CHECK(*x[k] == 0);
			*x[k] = k + 1;
		}
		if (i % 8 == 0)
			thrum_yield();
		for (int k = 0; k <= i % 3; k++) {
			CHECK(*x[k] == k + 1);
			*x[k] = 0;
			thrum_pool_put(&pool, x[k]);
		}
		if (i % 100 == 0)
			thrum_pool_drain(&pool);
	}
}

static void
task(void *arg)
{
	(void)arg;
	use();
	thrum_wg_done(&wg);
}

static void *
thread(void *arg)
{
	use();
	return arg;
}

int
main(void)
{
	pthread_t t;
	void *x[100];
	thrum_pool empty = {0};
	CHECK(thrum_pool_get(&empty) == NULL);
	thrum_pool_drain(&empty);
	thrum_pool_put(&empty, &empty);
	CHECK(thrum_pool_get(&empty) == &empty && thrum_pool_get(&empty) == NULL);
	thrum_pool_free(&empty);

	CHECK(pthread_create(&t, NULL, thread, NULL) == 0);
	thrum_wg_add(&wg, TASKS);
	for (int i = 0; i < TASKS; i++)
		CHECK(thrum_go(task, NULL) == 0);
	thrum_wg_wait(&wg);
	CHECK(pthread_join(t, NULL) == 0);
	CHECK(foreign_made - foreign_dropped <= 3 * 32);
	thrum_pool_free(&pool);
	CHECK(foreign_made == foreign_dropped);

	// One P: the bound, and the two drains.
	thrum_maxprocs(1);
	for (int i = 0; i < 100; i++)
		x[i] = thrum_pool_get(&pool);
	foreign_dropped = 0;
	for (int i = 0; i < 100; i++)
		thrum_pool_put(&pool, x[i]);
	CHECK(foreign_dropped == 100 - 31);
	for (int i = 0; i < 10; i++)
		x[i] = thrum_pool_get(&pool);
	foreign_dropped = 0;
	thrum_pool_drain(&pool);
	CHECK(foreign_dropped == 0); // 21 are in
	for (int i = 0; i < 5; i++)
		x[10 + i] = thrum_pool_get(&pool);
	for (int i = 0; i < 15; i++)
		thrum_pool_put(&pool, x[i]);
	thrum_pool_drain(&pool);
	CHECK(foreign_dropped == 16); // those that were not taken since the first one
	thrum_pool_drain(&pool);
	CHECK(foreign_dropped == 31);
	thrum_pool_drain(&pool);
	CHECK(foreign_dropped == 31);
	thrum_pool_free(&pool);
	puts("ok");
	return 0;
}
