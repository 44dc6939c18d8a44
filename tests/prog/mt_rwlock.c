// SPDX-License-Identifier: MIT
// Shows that pthread_rwlock_t works between plain threads and goroutines that yield, are preempted
// and change threads while they hold it. Writers exclude all others, no request is refused, and an
// unlock on another thread is the writer's own. A second lock by its owner is EDEADLK.
// thrum-only
// env: THRUM_DEBUG=preemptstorm=50
// ldflags: -pthread
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>
#include <time.h>
#include <unistd.h>

#include "extra/check.h"

#define ROUNDS 150
#define TASKS 6

static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static int (*const lock)(pthread_rwlock_t *) = pthread_rwlock_wrlock; // through a pointer, too
static int (*volatile unlock)(pthread_rwlock_t *) = pthread_rwlock_unlock;
static thrum_wg wg;
static volatile long a, b;
static atomic_long writes, readers;

static struct timespec
soon(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	t.tv_sec += 60;
	return t;
}

static void
writelock(int i)
{
	struct timespec real = soon(CLOCK_REALTIME), mono = soon(CLOCK_MONOTONIC);
	switch (i % 5) {
	case 0: CHECK(pthread_rwlock_wrlock(&rw) == 0); break;
	case 1: CHECK(lock(&rw) == 0); break;
	case 2: CHECK(pthread_rwlock_timedwrlock(&rw, &real) == 0); break;
	case 3: CHECK(pthread_rwlock_clockwrlock(&rw, CLOCK_MONOTONIC, &mono) == 0); break;
	default:
		for (int rc; (rc = pthread_rwlock_trywrlock(&rw)) != 0; thrum_yield())
			CHECK(rc == EBUSY);
	}
}

static void
readlock(int i)
{
	struct timespec real = soon(CLOCK_REALTIME), mono = soon(CLOCK_MONOTONIC);
	switch (i % 4) {
	case 0: CHECK(pthread_rwlock_rdlock(&rw) == 0); break;
	case 1: CHECK(pthread_rwlock_timedrdlock(&rw, &real) == 0); break;
	case 2: CHECK(pthread_rwlock_clockrdlock(&rw, CLOCK_MONOTONIC, &mono) == 0); break;
	default:
		for (int rc; (rc = pthread_rwlock_tryrdlock(&rw)) != 0; thrum_yield())
			CHECK(rc == EBUSY);
	}
}

static void
work(long id, int isgoroutine)
{
	for (int i = 0; i < ROUNDS; i++) {
		if ((i + id) % 3 != 0) {
			readlock(i / 3);
			readers++;
			CHECK(a == b);
			if (isgoroutine && i % 2)
				thrum_yield();
			CHECK(a == b);
			readers--;
			CHECK(pthread_rwlock_unlock(&rw) == 0);
			continue;
		}
		writelock(i / 3);
		CHECK(readers == 0 && a == b);
		a++;
		if (i % 2)
			CHECK(pthread_rwlock_wrlock(&rw) == EDEADLK && pthread_rwlock_rdlock(&rw) == EDEADLK);
		if (isgoroutine && i % 4 == 0)
			usleep(1); // may come back on another thread
		else if (isgoroutine)
			thrum_yield();
		CHECK(readers == 0 && a == b + 1);
		b++;
		writes++;
		CHECK((i % 4 ? pthread_rwlock_unlock : unlock)(&rw) == 0);
	}
}

static void
goroutine(void *arg)
{
	work((long)arg, 1);
	thrum_wg_done(&wg);
}

static void *
thread(void *arg)
{
	work((long)arg, 0);
	return arg;
}

int
main(void)
{
	pthread_t t[2];
	alarm(100);
	thrum_wg_add(&wg, TASKS);
	for (long i = 0; i < TASKS; i++)
		CHECK(thrum_go(goroutine, (void *)i) == 0);
	for (long i = 0; i < 2; i++)
		CHECK(pthread_create(&t[i], NULL, thread, (void *)i) == 0);
	thrum_wg_wait(&wg);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	CHECK(a == writes && b == writes);
	CHECK(pthread_rwlock_destroy(&rw) == 0);
	puts("ok");
	return 0;
}
