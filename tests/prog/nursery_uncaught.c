// SPDX-License-Identifier: MIT
// Shows the report of a panic in a nursery's goroutine that nobody recovers: where it came up,
// through two nurseries, and where it ended.
// want: fatal error: panic: in the child
// err: [ended by this panic]:
// err: thrum_panic(...)
// err: panics(...)
// err: created by outer(...)
// err: goroutine 1 [running]:
// err: thrum_nursery_close(...)
// err: main(...)
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

static int
panics(thrum_ctx *ctx, void *arg)
{
	(void)ctx;
	thrum_panic(arg);
}

static int
outer(thrum_ctx *ctx, void *arg)
{
	THRUM_NURSERY(n, ctx, 0);
	CHECK(thrum_nursery_go(&n, panics, arg) == 0);
	return thrum_nursery_close(&n);
}

int
main(void)
{
	THRUM_NURSERY(n, NULL, 0);
	CHECK(thrum_nursery_go(&n, outer, "in the child") == 0);
	return thrum_nursery_close(&n);
}
