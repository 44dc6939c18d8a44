// SPDX-License-Identifier: MIT
// Shows that thrum_time_reset of another channel is a fatal error.
// want: fatal error: thrum_time_reset: not a timer channel; only thrum_after and thrum_tick make them
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
	thrum_chan *c = thrum_chan_make(8, 1);
	CHECK(c);
	thrum_time_reset(c, 1);
	puts("never");
	return 0;
}
