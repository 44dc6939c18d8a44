// SPDX-License-Identifier: MIT
// Shows that a main that is blocked in a call does not withhold its P: goroutines that a thread
// starts meanwhile run, also in later runs.
// cflags: -fno-thrum-main
// env: THRUM_PROCS=1
// thrum-only
// levels: O0 O2
// out: ok
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>
#include <unistd.h>

#include "extra/check.h"

static int fd[2];

static void
writes(void *arg)
{
	(void)arg;
	CHECK(write(fd[1], "x", 1) == 1);
}

static void *
thread(void *arg)
{
	(void)arg;
	usleep(30000);
	CHECK(thrum_go(writes, NULL) == 0);
	return NULL;
}

static int
body(void *arg)
{
	pthread_t t;
	char c;
	(void)arg;
	CHECK(pthread_create(&t, NULL, thread, NULL) == 0);
	CHECK(read(fd[0], &c, 1) == 1);
	CHECK(pthread_join(t, NULL) == 0);
	return 0;
}

int
main(void)
{
	alarm(100);
	CHECK(pipe(fd) == 0);
	for (int i = 0; i < 3; i++) {
		CHECK(thrum_run(body, NULL, NULL) == 0);
		usleep(100000); // the monitor falls asleep
	}
	puts("ok");
	return 0;
}
