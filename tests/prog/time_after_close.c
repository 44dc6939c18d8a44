// SPDX-License-Identifier: MIT
// Shows that closing a timer channel is a fatal error.
// want: fatal error: close of a timer channel: call thrum_time_stop, then thrum_chan_free
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
	thrum_chan_close(c);
	puts("never");
	return 0;
}
