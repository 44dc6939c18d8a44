// SPDX-License-Identifier: MIT
// Shows that a free of the inside of an object is refused.
// want: fatal error: invalid free of the inside of an object: 0x
// thrum-only
#include <thrum.h>

int
main(void)
{
	char *volatile p = thrum_malloc(100);
	thrum_free(p + 16);
	return 0;
}
