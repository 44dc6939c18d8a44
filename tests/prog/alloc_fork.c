// SPDX-License-Identifier: MIT
// Shows that a child of fork can use the heap and free what the parent has allocated. At the moment
// of the fork, goroutines and threads of the parent allocate and free.
// thrum-only
// env: THRUM_PROCS=3
// out: ok
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <thrum.h>
#include <unistd.h>

#include "extra/check.h"

#define N 300

static atomic_bool stop;
static thrum_wg wg;
static char *kept[N];

static void
churn(unsigned seed)
{
	void *p[64] = {NULL};
	while (!atomic_load(&stop)) {
		seed = seed * 1664525 + 1013904223;
		void **at = &p[seed >> 26];
		thrum_free(*at);
		*at = thrum_malloc(seed >> 8 & 0xfff);
		CHECK(*at);
	}
	for (int i = 0; i < 64; i++)
		thrum_free(p[i]);
}

static void
work(void *arg)
{
	churn((unsigned)(uintptr_t)arg);
	thrum_wg_done(&wg);
}

static void *
thread(void *arg)
{
	churn(7);
	return arg;
}

static void
child(void)
{
	for (int i = 0; i < N; i++) {
		for (int k = 0; k < 100; k++)
			CHECK(kept[i][k] == (char)i);
		thrum_free(kept[i]);
	}
	for (int i = 0; i < 600; i++) {
		size_t n = (size_t)(i * 37 % 9000);
		char *p = thrum_calloc(n, 1);
		CHECK(p);
		for (size_t k = 0; k < n; k++)
			CHECK(p[k] == 0);
		memset(p, 1, n);
		if (i % 3)
			thrum_free(p);
	}
	_exit(0);
}

int
main(void)
{
	pthread_t t;
	for (int i = 0; i < N; i++) {
		kept[i] = thrum_malloc(100);
		memset(kept[i], i, 100);
	}
	CHECK(pthread_create(&t, NULL, thread, NULL) == 0);
	thrum_wg_add(&wg, 3);
	for (uintptr_t i = 0; i < 3; i++)
		CHECK(thrum_go(work, (void *)i) == 0);
	for (int i = 0; i < 8; i++) {
		thrum_sleep(1000000);
		pid_t pid = fork();
		CHECK(pid >= 0);
		if (pid == 0)
			child();
		int status;
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	}
	atomic_store(&stop, true);
	thrum_wg_wait(&wg);
	CHECK(pthread_join(t, NULL) == 0);
	puts("ok");
	return 0;
}
