// SPDX-License-Identifier: MIT
// Shows that a period that is reset stays above 0.
// want: fatal error: thrum_time_reset to a period that is not above 0
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
	thrum_time_reset(c, 0);
	puts("never");
	return 0;
}
