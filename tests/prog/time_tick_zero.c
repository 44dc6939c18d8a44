// SPDX-License-Identifier: MIT
// Shows that thrum_tick with a period of 0 is a fatal error.
// want: fatal error: thrum_tick: the period must be above 0
// err: main
// levels: O0 O2
// thrum-only
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

int
main(void)
{
	CHECK(thrum_tick(0));
	puts("never");
	return 0;
}
