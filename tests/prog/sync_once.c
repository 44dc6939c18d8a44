// SPDX-License-Identifier: MIT
// Shows that a function of thrum_once_do has run, once, when any call returns: under contention,
// from threads, nested, foreign, and when it ends its goroutine.
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

#define ROUNDS 200
#define TASKS 10

void foreign_count(void *arg);

struct round {
	thrum_once once;
	thrum_wg wg;
	int a, b, runs;
};

static void
first(void *arg)
{
	struct round *r = arg;
	r->runs++;
	r->a = 1;
	thrum_yield();
	r->b = 2;
}

static void
task(void *arg)
{
	struct round *r = arg;
	thrum_once_do(&r->once, first, r);
	CHECK(r->a == 1 && r->b == 2 && r->runs == 1);
	thrum_wg_done(&r->wg);
}

static struct round threads;

static void *
thread(void *arg)
{
	task(&threads);
	return arg;
}

static thrum_once outer, inner, third;
static thrum_wg ended;
static int begun;

static void
endsinside(void *arg)
{
	(void)arg;
	begun++;
	thrum_wg_done(&ended);
	thrum_goexit();
}

static void
callsinner(void *arg)
{
	thrum_once_do(&inner, endsinside, arg);
}

static void
ends(void *arg)
{
	thrum_once_do(&outer, callsinner, arg);
	CHECK(!"back from what has ended the goroutine");
}

int
main(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct round r = {0};
		thrum_wg_add(&r.wg, TASKS);
		for (int k = 0; k < TASKS; k++)
			CHECK(thrum_go(task, &r) == 0);
		thrum_wg_wait(&r.wg);
		CHECK(r.runs == 1);
	}
	pthread_t t[4];
	thrum_wg_add(&threads.wg, 4);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&t[i], NULL, thread, NULL) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_join(t[i], NULL) == 0);
	CHECK(threads.runs == 1);

	// Both are done when the inner one's function has ended the goroutine.
	thrum_wg_add(&ended, 1);
	CHECK(thrum_go(ends, NULL) == 0);
	thrum_wg_wait(&ended);
	thrum_once_do(&inner, endsinside, NULL);
	thrum_once_do(&outer, endsinside, NULL);
	CHECK(begun == 1);

	int n = 0;
	for (int i = 0; i < 3; i++)
		thrum_once_do(&third, foreign_count, &n);
	CHECK(n == 1);
	puts("ok");
	return 0;
}
