// SPDX-License-Identifier: MIT
// Shows that a ticker nobody receives from hides no deadlock, and that one who waits for a stopped time is part of one.
// modes: normal stackmove storm (the source of the signals is a thread, which might wake a goroutine)
// want: fatal error: all goroutines are asleep - deadlock!
// thrum-only
// levels: O0 O2
// err: goroutine 1 [chan receive 0x
// out: ticks
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#define CHECK(x) do { if (!(x)) { fprintf(stderr, "line %d: %s\n", __LINE__, #x); exit(1); } } while (0)

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
