// SPDX-License-Identifier: MIT
// Shows the report of a panic that is not recovered: the text, and where it was raised, below the
// deferred calls that ran.
// want: fatal error: panic: value 3 of "x"
// err: raises(...)
// err: body(...)
// err: created by main(...)
// out: deferred
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

static void
say(void *s)
{
	puts(s);
	fflush(stdout);
}

__attribute__((noinline)) static void
raises(int n)
{
	thrum_panicf("value %d of \"x\"", n);
}

__attribute__((noinline)) static void
body(void *arg)
{
	THRUM_DEFER(say, "deferred");
	raises((int)(intptr_t)arg);
}

int
main(void)
{
	CHECK(thrum_go(body, (void *)3) == 0);
	for (;;)
		thrum_yield();
}
