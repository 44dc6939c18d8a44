// SPDX-License-Identifier: MIT
// Shows that sending on a channel of time is a fatal error, also by a select.
// want: fatal error: send on a channel of time
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
	thrum_chan *c = thrum_after(0);
	uint64_t v = 1;
	CHECK(c);
	thrum_selcase k = {c, &v, true, false};
	thrum_select(&k, 1, 1000000);
	puts("never");
	return 0;
}
