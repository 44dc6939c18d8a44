// SPDX-License-Identifier: MIT
// Shows that closing a channel of time is a fatal error.
// want: fatal error: close of a channel of time
// err: main
// levels: O0 O2
// thrum-only
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#define CHECK(x) do { if (!(x)) { fprintf(stderr, "line %d: %s\n", __LINE__, #x); exit(1); } } while (0)

int
main(void)
{
	thrum_chan *c = thrum_tick(1000000);
	CHECK(c);
	thrum_chan_close(c);
	puts("never");
	return 0;
}
