// SPDX-License-Identifier: MIT
// Shows that no two threads have the same signal stack, after thrum_run has returned on one and
// runs on another.
// cflags: -fno-thrum-main
// env: THRUM_PROCS=3
// thrum-only
// levels: O0 O2
// out: ok
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>
#include <unistd.h>

#include "extra/check.h"

#define N 12

static thrum_wg wg;
static void *_Atomic seen[N];
static _Atomic int here;

static void *
altstack(void)
{
	stack_t s;
	CHECK(sigaltstack(NULL, &s) == 0);
	return s.ss_flags & SS_DISABLE ? NULL : s.ss_sp;
}

// All are there, each on a thread of its own, before one leaves.
static void
look(void *arg)
{
	thrum_lock_thread();
	seen[(long)arg] = altstack();
	here++;
	while (here < N - 1)
		thrum_yield();
	thrum_unlock_thread();
	thrum_wg_done(&wg);
}

static int
body(void *arg)
{
	here = 0;
	thrum_wg_add(&wg, N - 1);
	for (long i = 0; i < N - 1; i++)
		CHECK(thrum_go(look, (void *)i) == 0);
	thrum_wg_wait(&wg);
	seen[N - 1] = arg; // NULL the first time
	for (int i = 0; i < N; i++)
		for (int k = 0; k < i; k++)
			CHECK(!seen[i] || seen[i] != seen[k]);
	return 0;
}

static void *
thread(void *arg)
{
	CHECK(thrum_run(body, arg, NULL) == 0);
	return NULL;
}

int
main(void)
{
	pthread_t t;
	CHECK(thrum_run(body, NULL, NULL) == 0);
	// This thread still has the signal stack of its run, or none.
	for (int i = 0; i < 3; i++) {
		CHECK(pthread_create(&t, NULL, thread, altstack()) == 0);
		CHECK(pthread_join(t, NULL) == 0);
	}
	puts("ok");
	return 0;
}
