// SPDX-License-Identifier: MIT
// Shows that a nursery's goroutines cost no memory but their g, that none leaks, and that code of
// gcc and threads may use nurseries.
// thrum-only
// levels: O0 O2
// ldflags: -Wl,--wrap=malloc,--wrap=calloc
// extra: nursery_many_x.c=gcc
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/leak.h"
#include <pthread.h>

#include "extra/check.h"

static _Atomic long allocated, sum;
void *__real_malloc(size_t), *__real_calloc(size_t, size_t);

void *
__wrap_malloc(size_t n)
{
	allocated++;
	return __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t m)
{
	allocated++;
	return __real_calloc(n, m);
}

int foreign_nursery(int n);

static int
add(thrum_ctx *ctx, void *arg)
{
	(void)ctx;
	sum += (intptr_t)arg;
	return 0;
}

static void
work(void)
{
	THRUM_NURSERY(n, NULL, 64);
	sum = 0;
	for (intptr_t i = 0; i < 5000; i++)
		CHECK(thrum_nursery_go(&n, add, (void *)i) == 0);
	CHECK(thrum_nursery_close(&n) == 0);
	CHECK(sum == 5000l * 4999 / 2);
}

static void *
thread(void *unused)
{
	(void)unused;
	CHECK(foreign_nursery(100) == 4950);
	return NULL;
}

int
main(void)
{
	pthread_t t;
	for (int i = 0; i < 3; i++)
		work();
	leak_begin();
	long before = allocated;
	for (int i = 0; i < 6; i++)
		work();
	CHECK(allocated == before);
	leak_end();
	CHECK(foreign_nursery(200) == 19900);
	CHECK(pthread_create(&t, NULL, thread, NULL) == 0);
	pthread_join(t, NULL);
	puts("ok");
	return 0;
}
