// SPDX-License-Identifier: MIT
//
// pthread.c - the C library's mutex, alone and between 100 threads.

#include "pthread.h"

#include <pthread.h>

#define THREADS 100

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint64_t counter, each;

void
sync_pthread_mutex(bench_case *c, uint64_t n)
{
	(void)c;
	for (uint64_t i = 0; i < n; i++) {
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
	}
}

static void *
lock_often(void *arg)
{
	for (uint64_t i = each; i != 0; i--) {
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_mutex_unlock(&mutex);
	}
	return arg;
}

void
sync_pthread_100(bench_case *c, uint64_t n)
{
	pthread_t t[THREADS];
	each = n / THREADS;
	counter = 0;
	uint64_t begin = bench_wall();
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&t[i], NULL, lock_often, NULL) != 0)
			abort();
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	c->own_ns = bench_wall() - begin;
	c->own_n = each * THREADS;
	if (counter != each * THREADS)
		abort();
}
