// SPDX-License-Identifier: MIT
// Shows the report of a panic in a deferred call of thrum_goexit.
// want: fatal error: panic: on the way out
// err: late(...)
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

static void
late(void *unused)
{
	(void)unused;
	thrum_panic("on the way out");
}

int
main(void)
{
	THRUM_DEFER(late, NULL);
	thrum_goexit();
}
