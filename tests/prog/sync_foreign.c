// SPDX-License-Identifier: MIT
// Shows that foreign code may lock and wait: called by goroutines, which it parks, and in
// goroutines of its own with fixed stacks.
// thrum-only
// env: THRUM_PROCS=2
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

void foreign_add(thrum_mutex *m, long *count, int n);
int foreign_wait(thrum_cond *c, thrum_mutex *m, int *ready);

static thrum_mutex m;
static thrum_cond c;
static thrum_wg wg;
static long count;
static int ready, waited;

static void
adds(void *arg)
{
	(void)arg;
	for (int i = 0; i < 50; i++) {
		foreign_add(&m, &count, 10);
		thrum_mutex_lock(&m);
		thrum_yield();
		count++;
		thrum_mutex_unlock(&m);
	}
	thrum_wg_done(&wg);
}

static void
waits(void *arg)
{
	(void)arg;
	int v = foreign_wait(&c, &m, &ready);
	thrum_mutex_lock(&m);
	waited += v;
	thrum_mutex_unlock(&m);
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_wg_add(&wg, 20);
	for (int i = 0; i < 20; i++)
		CHECK(thrum_go(i % 2 ? adds : waits, NULL) == 0);
	for (;;) {
		thrum_mutex_lock(&m);
		uint32_t n = c.waiters;
		thrum_mutex_unlock(&m);
		if (n == 10)
			break;
		thrum_yield();
	}
	thrum_mutex_lock(&m);
	ready = 7;
	thrum_cond_broadcast(&c);
	thrum_mutex_unlock(&m);
	thrum_wg_wait(&wg);
	CHECK(count == 10 * 50 * 11 && waited == 70);
	puts("ok");
	return 0;
}
