// SPDX-License-Identifier: MIT
// Shows that errno belongs to the goroutine: it survives yields and parks that change the thread,
// while all others set theirs.
// modes: normal stackmove storm (a signal ends its waits)
// thrum-only
// env: THRUM_PROCS=3
// levels: O0 O2 O3
// out: ok
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>
#include <unistd.h>

#include "extra/check.h"

#define N 40
#define ROUNDS 500

static thrum_wg wg, lockers;
static _Atomic int stop;
static _Atomic long moved;

static inline uintptr_t
thread(void)
{
	uintptr_t t;
	__asm__ volatile("movq %%fs:0x10, %0" : "=r"(t));
	return t;
}

static void
locker(void *arg)
{
	(void)arg;
	while (!stop) {
		thrum_lock_thread();
		errno = 9999;
		thrum_yield();
		CHECK(errno == 9999);
		thrum_unlock_thread();
		thrum_yield();
	}
	thrum_wg_done(&lockers);
}

static void
sets(void *arg)
{
	int me = 1000 + (int)(long)arg;
	CHECK(errno == 0);
	for (int i = 0; i < ROUNDS; i++) {
		uintptr_t before = thread();
		errno = me;
		thrum_yield();
		CHECK(errno == me);
		errno = me + i;
		for (int k = i % 4; k > 0; k--)
			thrum_yield();
		CHECK(errno == me + i);
		CHECK(open("/nowhere/at/all", O_RDONLY) == -1 && errno == ENOENT);
		thrum_yield();
		CHECK(errno == ENOENT);
		if (i % 16 == 0) {
			CHECK(close(-1) == -1);
			usleep(50);
			CHECK(errno == EBADF);
		}
		errno = 0;
		thrum_ready(thrum_self());
		thrum_park();
		CHECK(errno == 0);
		moved += before != thread();
	}
	thrum_wg_done(&wg);
}

int
main(void)
{
	alarm(100);
	thrum_wg_add(&wg, N);
	thrum_wg_add(&lockers, 3);
	for (int i = 0; i < 3; i++)
		CHECK(thrum_go(locker, NULL) == 0);
	for (long i = 0; i < N; i++)
		CHECK(thrum_go(sets, (void *)i) == 0);
	errno = 4711;
	thrum_wg_wait(&wg);
	CHECK(errno == 4711);
	stop = 1;
	thrum_wg_wait(&lockers);
	CHECK(errno == 4711);
	CHECK(moved > 100);
	puts("ok");
	return 0;
}
