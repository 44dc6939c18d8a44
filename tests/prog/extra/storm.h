// SPDX-License-Identifier: MIT
//
// storm.h - what programs under THRUM_DEBUG=preemptstorm share. They go on until they were
// preempted as often as they want, and fail when that does not come.

#ifndef STORM_H
#define STORM_H

#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <thrum.h>

#define CHECK_END abort()
#include "check.h"

static thrum_wg wg;

static inline uint64_t
ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

// preempted returns how often goroutines were, by whatever; signalled, by signals.
static inline uint64_t
preempted(void)
{
	thrum_preempt_stats s;
	thrum_get_preempt_stats(&s);
	return s.checked + s.polled + s.signalled;
}

static inline uint64_t
signalled(void)
{
	thrum_preempt_stats s;
	thrum_get_preempt_stats(&s);
	return s.signalled;
}

// enough tells whether to stop: after so many preemptions, some of them by signals. Too few in half
// a minute is a failure.
static inline int
enough(uint64_t want)
{
	static _Atomic uint64_t end;
	uint64_t now = ns(), have = preempted();
	if (end == 0)
		end = now + 30000000000u;
	if ((have < want || signalled() == 0) && now > end) {
		fprintf(stderr, "only %lu of %lu preemptions in 30 s\n", (unsigned long)have, (unsigned long)want);
		abort();
	}
	return have >= want && signalled() > 0;
}

// each runs fn in n goroutines and waits for them.
static inline void
each(int n, void (*fn)(void *))
{
	thrum_wg_add(&wg, n);
	for (long i = 0; i < n; i++)
		CHECK(thrum_go(fn, (void *)i) == 0);
	thrum_wg_wait(&wg);
}

#endif
