// SPDX-License-Identifier: MIT
// Shows that a free of what the heap has not given out is refused.
// want: fatal error: invalid free: 0x
// err: which is no memory of thrum's heap
// thrum-only
#include <stdlib.h>
#include <thrum.h>

int
main(void)
{
	char *volatile p = malloc(100);
	thrum_free(p);
	return 0;
}
