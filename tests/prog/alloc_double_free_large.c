// SPDX-License-Identifier: MIT
// Shows that the second free of a large object is found.
// want: fatal error: invalid free: 0x
// err: which is no memory of thrum's heap
// thrum-only
#include <thrum.h>

int
main(void)
{
	char *p = thrum_malloc(1 << 20), *volatile q = p;
	thrum_free(p);
	thrum_free(q);
	return 0;
}
