// SPDX-License-Identifier: MIT
// Shows that thrum_time_stop of NULL is a fatal error.
// want: fatal error: thrum_time_stop of a channel that is none of time
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
	thrum_time_stop(NULL);
	puts("never");
	return 0;
}
