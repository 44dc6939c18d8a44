// SPDX-License-Identifier: MIT
// Shows that a thread whose P was taken in a foreign call does not use that P's cache any more: the
// destructors of keys allocate on the threads of goroutines that have ended, beside main.
// thrum-only
// env: THRUM_PROCS=1
// out: ok
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <thrum.h>

#include "extra/check.h"

#define THREADS 12
#define OBJECTS 40

static pthread_key_t key;
static atomic_int begun, ended;

static void
churn(int value)
{
	unsigned char *p[OBJECTS];
	for (int i = 0; i < OBJECTS; i++) {
		CHECK(p[i] = thrum_malloc(64));
		memset(p[i], value, 64);
	}
	for (int i = 0; i < OBJECTS; i++) {
		for (int k = 0; k < 64; k++)
			CHECK(p[i][k] == value);
		thrum_free(p[i]);
	}
}

static void
destroy(void *unused)
{
	(void)unused;
	for (int i = 0; i < 300; i++)
		churn(0xdd);
	atomic_fetch_add(&ended, 1);
}

// The goroutine is locked to its thread, so the thread ends with it.
static void
work(void *arg)
{
	struct timespec t = {0, 30000000};
	thrum_lock_thread();
	CHECK(pthread_setspecific(key, &key) == 0);
	atomic_fetch_add(&begun, 1);
	nanosleep(&t, NULL);
	(void)arg;
}

int
main(void)
{
	churn(1);
	CHECK(pthread_key_create(&key, destroy) == 0);
	for (int i = 0; i < THREADS; i++)
		CHECK(thrum_go(work, NULL) == 0);
	while (atomic_load(&begun) < THREADS)
		thrum_yield();
	// The first thread of the process may have been one of them. It sleeps instead of ending.
	for (int i = 0; atomic_load(&ended) < THREADS - 1; i++) {
		churn(0x11);
		if (i % 100 == 0)
			thrum_yield();
	}
	puts("ok");
	return 0;
}
