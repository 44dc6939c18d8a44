// SPDX-License-Identifier: MIT
// Shows that goroutines run in thrum_poll only, also those whose foreign calls began under
// thrum_start(2). They end in the thread that polls, except for frames of a callback.
// modes: normal stackmove storm (a signal ends its waits)
// cflags: -fno-thrum-main
// ldflags: -lpthread
// thrum-only
// levels: O0 O2
// env: THRUM_PROCS=2
// out: ok
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>
#include <unistd.h>

#include "extra/check.h"

enum { N = 8 };

static atomic_int begun, in_poll, stepping = 1;
static _Atomic long turns;
static int host;

static void
calls(void *arg)
{
	(void)arg;
	begun++;
	usleep(100000);
	// On a busy machine the call may end before thrum_stop.
	CHECK(!host || (gettid() == host && in_poll));
}

static int
compare(const void *a, const void *b)
{
	begun++;
	usleep(100000);
	return *(const int *)a - *(const int *)b;
}

static void
callback(void *arg)
{
	int v[] = {2, 1};
	(void)arg;
	qsort(v, 2, sizeof *v, compare);
	CHECK(v[0] == 1);
	thrum_yield();
	CHECK(!host || (gettid() == host && in_poll));
}

static void
steps(void *arg)
{
	(void)arg;
	while (stepping) {
		CHECK(!host || (gettid() == host && in_poll));
		turns++;
		thrum_yield();
		thrum_sleep(1000);
	}
}

int
main(void)
{
	for (int round = 0; round < 3; round++) {
		host = 0;
		begun = 0;
		stepping = 1;
		CHECK(thrum_start(2) == 0);
		for (int i = 0; i < N; i++)
			CHECK(thrum_go(i % 4 == 3 ? callback : calls, NULL) == 0);
		for (int i = 0; i < 3; i++)
			CHECK(thrum_go(steps, NULL) == 0);
		while (begun < N)
			usleep(100);
		CHECK(thrum_stop() == 0);
		host = gettid();
		turns = 0;
		CHECK(thrum_start(THRUM_POLLED) == 0);
		struct pollfd fd = {.fd = thrum_poll_fd(), .events = POLLIN};
		for (int alive = 1; alive > 0;) {
			CHECK(poll(&fd, 1, 20000) == 1);
			in_poll = 1;
			alive = thrum_poll();
			in_poll = 0;
			CHECK(alive >= 0);
			if (turns > 200 && alive == 3)
				stepping = 0;
		}
		CHECK(thrum_stop() == 0);
	}
	puts("ok");
	return 0;
}
