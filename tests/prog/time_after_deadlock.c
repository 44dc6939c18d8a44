// SPDX-License-Identifier: MIT
// Shows that a ticker without a receiver hides no deadlock, and that a goroutine that waits for a
// stopped timer channel is part of one.
// modes: normal stackmove storm (the thread that sends signals might wake a goroutine)
// want: fatal error: all goroutines are asleep - deadlock!
// thrum-only
// levels: O0 O2
// err: goroutine 1 [chan receive 0x
// out: ticks
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

int
main(void)
{
	thrum_chan *busy = thrum_tick(1000000), *c = thrum_after(1000000);
	CHECK(busy && c && thrum_chan_recv(busy, NULL) && thrum_time_stop(c));
	puts("ticks");
	fflush(stdout);
	thrum_chan_recv(c, NULL);
	return 0;
}
