// SPDX-License-Identifier: MIT
// Shows that a panic does not leave a callback past the foreign function: fatal, although an outer
// block would catch it.
// want: fatal error: panic: in the comparator [in a callback: its foreign caller cannot be unwound, so recover within the callback]
// err: compare(...)
// err: main(...)
// out: deferred in the callback
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

static int
compare(const void *a, const void *b)
{
	(void)a;
	(void)b;
	THRUM_DEFER(say, "deferred in the callback");
	thrum_panic("in the comparator");
}

int
main(void)
{
	int v[4] = {4, 3, 2, 1};
	THRUM_TRY {
		THRUM_DEFER(say, "never");
		qsort(v, 4, sizeof *v, compare);
	} THRUM_CATCH(p) {
		puts("never");
	}
	return 0;
}
