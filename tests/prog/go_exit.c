// SPDX-License-Identifier: MIT
// Shows that exit called by a goroutine that is not the main one runs the exit handlers and gives
// its status.
// want: exit 5
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

static int depth_seen;

static void
bye(void)
{
	if (depth_seen == 100)
		puts("ok");
}

__attribute__((noinline)) static int
deep(int n, int *count)
{
	int v[3] = { n };
	int *volatile p = v;
	if (n == 0) {
		depth_seen = *count;
		exit(5);
	}
	++*count;
	return deep(n - 1, count) + p[0];
}

static void
body(void *arg)
{
	int count = 0;
	(void)arg;
	thrum_yield();
	deep(100, &count);
}

int
main(void)
{
	atexit(bye);
	CHECK(thrum_go(body, NULL) == 0);
	thrum_park();
	return 1;
}
