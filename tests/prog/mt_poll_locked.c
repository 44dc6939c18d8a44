// SPDX-License-Identifier: MIT
// Shows that thrum_poll works with goroutines that end without unlocking their thread: the host's
// thread continues, and the next goroutine finds no lock.
// cflags: -fno-thrum-main
// thrum-only
// levels: O0 O2
// want: fatal error: thrum_unlock_thread without thrum_lock_thread: each unlock needs an earlier lock by the same goroutine
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

static int ended;

static __attribute__((noinline)) void
use(char *p)
{
	__asm__ volatile("" : : "r"(p) : "memory");
}

static void
locks(void *arg)
{
	char b[100];
	if (arg)
		use(b);
	thrum_lock_thread();
	ended++;
}

static void
unlocks(void *arg)
{
	(void)arg;
	thrum_unlock_thread();
	CHECK(!"it was not locked");
}

static void
both(void *arg)
{
	(void)arg;
	CHECK(thrum_go(locks, NULL) == 0);
	thrum_yield();
	CHECK(ended == 2);
	CHECK(thrum_go(unlocks, NULL) == 0);
}

int
main(void)
{
	CHECK(thrum_start(THRUM_POLLED) == 0);
	CHECK(thrum_go(locks, "") == 0);
	CHECK(thrum_poll() == 0);
	CHECK(ended == 1);
	CHECK(thrum_go(both, NULL) == 0);
	CHECK(thrum_poll() == 0);
	return 0;
}
