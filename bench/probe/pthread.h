// SPDX-License-Identifier: MIT
//
// pthread.h - the cost of pthread_mutex_t where sync.c locks a thrum_mutex; and the work between.

#ifndef BENCH_PTHREAD_H
#define BENCH_PTHREAD_H

#include "../bench.h"

// Plain code, so each is one foreign call.
void sync_pthread_mutex(bench_case *c, uint64_t n); // lock and unlock
void sync_pthread_100(bench_case *c, uint64_t n);   // 100 threads lock, count, unlock

// sync_work computes for some 100 ns.
static inline BENCH_UNUSED uint64_t
sync_work(uint64_t *x)
{
	for (int i = 0; i < 60; i++) {
		*x ^= *x << 13;
		*x ^= *x >> 7;
		*x ^= *x << 17;
	}
	return *x;
}

#endif
