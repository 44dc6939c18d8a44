// SPDX-License-Identifier: MIT
// Shows that a child of fork takes over the caches of threads that it has not, although the runtime
// has not begun. 30 generations of processes, each with four threads, need no more tables than 5.
// thrum-only
// thrumflags: -fno-thrum-main
// out: ok
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <thrum.h>
#include <unistd.h>

#include "extra/check.h"

#define THREADS 4
#define GENERATIONS 30

static atomic_int begun;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *
thread(void *arg)
{
	for (size_t i = 0; i < 600; i += 16)
		thrum_free(thrum_malloc(i));
	begun++;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return arg;
}

static size_t
tables(void)
{
	static thrum_memstats st;
	thrum_get_memstats(&st);
	return st.meta;
}

int
main(void)
{
	size_t first = 0;
	alarm(100);
	CHECK(pthread_mutex_lock(&gate) == 0);
	for (int n = 0; n < GENERATIONS; n++) {
		pthread_t t[THREADS];
		begun = 0;
		for (int i = 0; i < THREADS; i++)
			CHECK(pthread_create(&t[i], NULL, thread, NULL) == 0);
		while (begun < THREADS)
			sched_yield();
		if (n == 5)
			first = tables();
		CHECK(n < 5 || tables() <= first + (4u << 20));
		pid_t pid = fork();
		if (pid == 0)
			continue;
		int status;
		CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 5);
		if (n > 0)
			_exit(5);
		pthread_mutex_unlock(&gate);
		for (int i = 0; i < THREADS; i++)
			CHECK(pthread_join(t[i], NULL) == 0);
		puts("ok");
		return 0;
	}
	_exit(5);
}
