// SPDX-License-Identifier: MIT
// Shows that a reset of a ticker to a period that is not above 0 is a fatal error.
// want: fatal error: thrum_time_reset: the period must be above 0
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
	thrum_chan *c = thrum_tick(1000000);
	CHECK(c);
	thrum_time_reset(c, 0);
	puts("never");
	return 0;
}
