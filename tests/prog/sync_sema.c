// SPDX-License-Identifier: MIT
// Shows that semaphores work: the bound holds, the longest waiter is first, a hand-off cannot be
// overtaken, threads wait as well.
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

#define WAITERS 10

static thrum_sema s = {3}, none;
static thrum_wg wg;
static _Atomic int inside, most;
static int order[WAITERS];
static _Atomic int norder;

static void
use(void)
{
	for (int i = 0; i < 200; i++) {
		if (i % 3 == 0)
			while (!thrum_sema_tryacquire(&s))
				thrum_yield();
		else
			thrum_sema_acquire(&s);
		int n = ++inside;
		CHECK(n <= 3);
		if (n > most)
			most = n;
		if (i % 4 == 0)
			thrum_yield();
		inside--;
		if (i % 5 == 0)
			thrum_sema_handoff(&s);
		else
			thrum_sema_release(&s);
	}
}

static void
user(void *arg)
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

static void
waiter(void *arg)
{
	thrum_sema_acquire(&none);
	order[norder++] = (int)(long)arg;
	thrum_wg_done(&wg);
}

static void
begin(void)
{
	norder = 0;
	thrum_wg_add(&wg, WAITERS);
	for (long i = 0; i < WAITERS; i++) {
		CHECK(thrum_go(waiter, (void *)i) == 0);
		thrum_yield();
	}
}

int
main(void)
{
	pthread_t t[2];
	thrum_wg_add(&wg, 20);
	for (int i = 0; i < 2; i++)
		CHECK(pthread_create(&t[i], NULL, thread, NULL) == 0);
	for (int i = 0; i < 20; i++)
		CHECK(thrum_go(user, NULL) == 0);
	thrum_wg_wait(&wg);
	for (int i = 0; i < 2; i++)
		CHECK(pthread_join(t[i], NULL) == 0);
	CHECK(s.count == 3 && most > 1);

	thrum_maxprocs(1);
	begin();
	CHECK(norder == 0 && !thrum_sema_tryacquire(&none));
	for (int i = 0; i < WAITERS; i++) {
		thrum_sema_release(&none);
		thrum_yield();
	}
	thrum_wg_wait(&wg);
	for (int i = 0; i < WAITERS; i++)
		CHECK(order[i] == i);
	begin();
	for (int i = 0; i < WAITERS; i++) {
		thrum_sema_handoff(&none);
		CHECK(norder == i + 1 && order[i] == i); // it ran first
		CHECK(!thrum_sema_tryacquire(&none));
	}
	thrum_wg_wait(&wg);
	thrum_sema_handoff(&none);
	CHECK(thrum_sema_tryacquire(&none));
	puts("ok");
	return 0;
}
