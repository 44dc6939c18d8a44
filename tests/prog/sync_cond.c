// SPDX-License-Identifier: MIT
// Shows that a condition wakes its waiters in the order of waiting, none without cause, all at a
// broadcast. Threads wait as well.
// thrum-only
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

#define WAITERS 20

static thrum_mutex m;
static thrum_cond c;
static thrum_wg wg;
static int order[WAITERS], norder, waiting; // m

static void
waiter(void *arg)
{
	thrum_mutex_lock(&m);
	waiting++;
	thrum_cond_wait(&c, &m);
	order[norder++] = (int)(long)arg;
	thrum_mutex_unlock(&m);
	thrum_wg_done(&wg);
}

static void
begin(void)
{
	norder = waiting = 0;
	thrum_wg_add(&wg, WAITERS);
	for (long i = 0; i < WAITERS; i++) {
		CHECK(thrum_go(waiter, (void *)i) == 0);
		for (;;) {
			thrum_mutex_lock(&m);
			int n = waiting;
			thrum_mutex_unlock(&m);
			if (n == i + 1)
				break;
			thrum_yield();
		}
	}
}

struct queue {
	thrum_mutex m;
	thrum_cond filled, emptied;
	int n, at, sum, item[4];
};

static void
consume(struct queue *q, int times)
{
	for (int i = 0; i < times; i++) {
		thrum_mutex_lock(&q->m);
		while (q->n == 0)
			thrum_cond_wait(&q->filled, &q->m);
		q->sum += q->item[--q->n];
		thrum_mutex_unlock(&q->m);
		thrum_cond_signal(&q->emptied);
	}
}

static void
consumer(void *arg)
{
	consume(arg, 500);
	thrum_wg_done(&wg);
}

static void *
thread(void *arg)
{
	consume(arg, 500);
	return NULL;
}

int
main(void)
{
	thrum_cond_signal(&c);
	thrum_cond_broadcast(&c);
	begin();
	for (int i = 0; i < WAITERS; i++) {
		for (int k = 0; k < 3; k++)
			thrum_yield();
		thrum_mutex_lock(&m);
		CHECK(norder == i);
		thrum_cond_signal(&c);
		thrum_mutex_unlock(&m);
		for (;;) {
			thrum_mutex_lock(&m);
			int n = norder;
			thrum_mutex_unlock(&m);
			if (n == i + 1)
				break;
			thrum_yield();
		}
	}
	thrum_wg_wait(&wg);
	for (int i = 0; i < WAITERS; i++)
		CHECK(order[i] == i);
	begin();
	thrum_cond_broadcast(&c);
	thrum_wg_wait(&wg);
	CHECK(norder == WAITERS && c.waiters == 0);

	struct queue q = {0};
	pthread_t t;
	thrum_wg_add(&wg, 2);
	CHECK(pthread_create(&t, NULL, thread, &q) == 0);
	CHECK(thrum_go(consumer, &q) == 0);
	CHECK(thrum_go(consumer, &q) == 0);
	for (int i = 1; i <= 1500; i++) {
		thrum_mutex_lock(&q.m);
		while (q.n == 4)
			thrum_cond_wait(&q.emptied, &q.m);
		q.item[q.n++] = i;
		thrum_mutex_unlock(&q.m);
		thrum_cond_signal(&q.filled);
	}
	thrum_wg_wait(&wg);
	CHECK(pthread_join(t, NULL) == 0);
	CHECK(q.n == 0 && q.sum == 1500 * 1501 / 2);
	puts("ok");
	return 0;
}
