// SPDX-License-Identifier: MIT
// Shows that a nursery that was closed starts nothing.
// want: fatal error: a nursery is used that is not open
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#define CHECK(x) do { if (!(x)) { fprintf(stderr, "line %d: %s\n", __LINE__, #x); exit(1); } } while (0)
static int
nothing(thrum_ctx *ctx, void *arg)
{
	(void)ctx;
	(void)arg;
	return 0;
}

int
main(void)
{
	THRUM_NURSERY(n, NULL, 0);
	CHECK(thrum_nursery_close(&n) == 0);
	return thrum_nursery_go(&n, nothing, NULL);
}
