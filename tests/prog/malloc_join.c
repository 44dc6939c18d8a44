// SPDX-License-Identifier: MIT
// Shows that libc may call free while it holds its own locks: with a large heap, 200 threads are
// joined, whose stacks libc frees under the lock that a new thread needs.
// thrumflags: -fthrum-malloc
// out: ok
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extra/check.h"

#define N 200

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *
thread(void *arg)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return arg;
}

int
main(void)
{
	static pthread_t t[N];
	for (int i = 0; i < 24; i++) {
		char *p = malloc(1 << 20);
		CHECK(p);
		memset(p, 1, 1 << 20);
	}
	pthread_mutex_lock(&gate);
	for (int i = 0; i < N; i++)
		CHECK(pthread_create(&t[i], NULL, thread, NULL) == 0);
	pthread_mutex_unlock(&gate);
	for (int i = 0; i < N; i++)
		CHECK(pthread_join(t[i], NULL) == 0);
	puts("ok");
	return 0;
}
