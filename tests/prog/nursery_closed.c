// SPDX-License-Identifier: MIT
// Shows that a start in a nursery that was closed is a fatal error.
// want: fatal error: use of a nursery that is not open: call thrum_nursery_open first
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

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
