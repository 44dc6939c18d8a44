// SPDX-License-Identifier: MIT
// Shows that thrum_goexit in a callback is a fatal error.
// want: fatal error: thrum_goexit in a callback: its foreign caller cannot be unwound, so return from the callback first
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

static int
compare(const void *a, const void *b)
{
	(void)a;
	(void)b;
	thrum_goexit();
}

int
main(void)
{
	int v[4] = {4, 3, 2, 1};
	qsort(v, 4, sizeof *v, compare);
	return 0;
}
