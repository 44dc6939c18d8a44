// SPDX-License-Identifier: MIT
// Shows that the stack limit holds in a goroutine whose frames are large, while others are alive.
// want: fatal error: stack overflow
// env: THRUM_PROCS=1
// thrum-only
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

__attribute__((noinline)) static int
for_ever(volatile int *n, int d)
{
	volatile char pad[3000];
	pad[d % 3000] = (char)d;
	++*n;
	if (*n < 0)
		return 0;
	return for_ever(n, d + 1) + pad[d % 3000];
}

static void
body(void *arg)
{
	volatile int n = 0;
	(void)arg;
	thrum_yield();
	exit(for_ever(&n, 0) ? 3 : 4);
}

static void
other(void *arg)
{
	(void)arg;
	for (;;)
		thrum_yield();
}

int
main(void)
{
	(void)thrum_set_max_stack(256 << 10);
	CHECK(thrum_go(other, NULL) == 0);
	CHECK(thrum_go(body, NULL) == 0);
	for (int i = 0; i < 1000; i++)
		thrum_yield();
	return 5;
}
