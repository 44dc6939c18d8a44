// SPDX-License-Identifier: MIT
// Shows that a second free is found at once.
// want: fatal error: double free: 0x
// err: in a span of objects of 112 bytes from 0x
// err: main(...)
// thrum-only
#include <thrum.h>

int
main(void)
{
	char *p = thrum_malloc(100), *volatile q = p;
	thrum_free(p);
	thrum_free(q);
	return 0;
}
