// SPDX-License-Identifier: MIT
// Shows that thrum_cond_wait_until needs a locked mutex.
// want: fatal error: thrum_cond_wait_until with an unlocked mutex
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
	thrum_mutex m = {0};
	thrum_cond c = {0};
	thrum_cond_wait_until(&c, &m, 0);
	puts("never");
	return 0;
}
