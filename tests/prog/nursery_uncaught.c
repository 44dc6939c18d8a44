// SPDX-License-Identifier: MIT
// Shows the report of a panic in a nursery's goroutine that nobody recovers.
// want: fatal error: panic: in the child
// err: thrum_nursery_close(...)
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#define CHECK(x) do { if (!(x)) { fprintf(stderr, "line %d: %s\\n", __LINE__, #x); exit(1); } } while (0)
static int
panics(thrum_ctx *ctx, void *arg)
{
	(void)ctx;
	thrum_panic(arg);
}

int
main(void)
{
	THRUM_NURSERY(n, NULL, 0);
	CHECK(thrum_nursery_go(&n, panics, "in the child") == 0);
	return thrum_nursery_close(&n);
}
