// SPDX-License-Identifier: MIT
// Shows that ticks need a period.
// want: fatal error: thrum_tick with a period that is not above 0
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
	CHECK(thrum_tick(0));
	puts("never");
	return 0;
}
