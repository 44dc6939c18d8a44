// SPDX-License-Identifier: MIT
// Shows that sleeps and timers work in callbacks from foreign code, on plain threads, before the
// runtime runs, between two runs and in a child of fork.
// cflags: -fno-thrum-main
// thrum-only
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <thrum.h>
#include <unistd.h>

#include "extra/check.h"

#define MS 1000000

static atomic_int fired;

static void
fire(void *arg)
{
	(void)arg;
	CHECK(thrum_self());
	atomic_fetch_add(&fired, 1);
}

static void
wait_fired(int n)
{
	while (atomic_load(&fired) < n)
		thrum_sleep(MS);
}

static int
compare(const void *a, const void *b)
{
	uint64_t begin = thrum_now();
	thrum_sleep(20000);
	CHECK(thrum_now() - begin >= 20000);
	return *(const int *)a - *(const int *)b;
}

static void *
thread(void *arg)
{
	thrum_timer t = {0}, far = {0};
	uint64_t begin = thrum_now();
	CHECK(!thrum_self());
	CHECK(!thrum_timer_start(&t, 2 * MS, fire, NULL));
	CHECK(!thrum_timer_start(&far, 3600000ll * MS, fire, NULL));
	wait_fired(*(int *)arg + 1);
	CHECK(thrum_now() - begin >= 2 * MS);
	CHECK(!thrum_timer_stop(&t) && thrum_timer_stop(&far));
	return NULL;
}

static thrum_timer early, late;

static void
child(void)
{
	// The parent's timers are not the child's.
	CHECK(!thrum_timer_stop(&late));
	thrum_timer t = {0};
	int before = atomic_load(&fired);
	CHECK(!thrum_timer_start(&t, 2 * MS, fire, NULL));
	CHECK(!thrum_timer_start(&late, 3600000ll * MS, fire, NULL));
	wait_fired(before + 1);
	CHECK(thrum_timer_stop(&late));
	_exit(0);
}

static int
first(void *arg)
{
	int v[] = {5, 3, 9, 1, 7}, n, status;
	pthread_t t;
	(void)arg;
	wait_fired(1); // started before the run
	qsort(v, 5, sizeof *v, compare);
	for (int i = 0; i < 5; i++)
		CHECK(v[i] == 2 * i + 1);
	n = atomic_load(&fired);
	CHECK(pthread_create(&t, NULL, thread, &n) == 0);
	CHECK(pthread_join(t, NULL) == 0);
	CHECK(!thrum_timer_start(&late, 3600000ll * MS, fire, NULL));
	pid_t pid = fork();
	if (pid == 0)
		child();
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(thrum_timer_reset(&late, 300 * MS)); // due between the runs
	return 0;
}

static int
second(void *arg)
{
	wait_fired(*(int *)arg + 1);
	return 0;
}

int
main(void)
{
	CHECK(!thrum_timer_start(&early, 1, fire, NULL));
	thrum_sleep(5 * MS);
	CHECK(atomic_load(&fired) == 0); // nothing runs yet
	CHECK(thrum_run(first, NULL, NULL) == 0);
	int n = atomic_load(&fired);
	thrum_sleep(400 * MS);
	CHECK(atomic_load(&fired) == n); // stopped
	CHECK(thrum_run(second, &n, NULL) == 0);
	return 0;
}
