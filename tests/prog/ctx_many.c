// SPDX-License-Identifier: MIT
// Shows that contexts, their timers and channels leak nothing, under many goroutines and on
// threads.
// thrum-only
// levels: O0 O2
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

static char key;

static int
use(thrum_ctx *root, int i)
{
	thrum_ctx *a = i % 2 ? thrum_ctx_with_timeout(root, 1000 + i % 50000) : thrum_ctx_with_cancel(root);
	THRUM_DEFER(thrum_ctx_release, a);
	thrum_ctx *b = thrum_ctx_with_value(a, &key, &key);
	THRUM_DEFER(thrum_ctx_release, b);
	thrum_ctx *c = thrum_ctx_with_cancel(b);
	THRUM_DEFER(thrum_ctx_release, c);
	if (i % 5 == 0)
		return thrum_ctx_sleep(c, 1000);
	if (i % 5 == 1)
		thrum_ctx_cancel(a);
	return thrum_ctx_value(c, &key) == &key ? 0 : 1;
}

static int
child(thrum_ctx *ctx, void *arg)
{
	int n = (int)(intptr_t)arg;
	for (int i = 0; i < 40; i++)
		use(ctx, n + i);
	return 0;
}

static void *
thread(void *arg)
{
	child(arg, NULL);
	return NULL;
}

static void
work(void)
{
	THRUM_NURSERY(n, NULL, 100);
	pthread_t t;
	CHECK(pthread_create(&t, NULL, thread, thrum_nursery_ctx(&n)) == 0);
	for (int i = 0; i < 400; i++)
		CHECK(thrum_nursery_go(&n, child, (void *)(intptr_t)i) == 0);
	pthread_join(t, NULL);
	CHECK(thrum_nursery_close(&n) == 0);
	thrum_sleep(1000000);
}

int
main(void)
{
	for (int i = 0; i < 3; i++)
		work();
	leak_begin();
	for (int i = 0; i < 3; i++)
		work();
	leak_end();
	puts("ok");
	return 0;
}
