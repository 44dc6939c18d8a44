// SPDX-License-Identifier: MIT
// Shows that a double free of a sampled object is found, and that THRUM_DEBUG=memprofilerate=1
// makes a sample of the first object.
// env: THRUM_DEBUG=memprofilerate=1
// want: fatal error: double free: 0x
// err: main(...)
// out: 1 1
// thrum-only
#include <stdio.h>
#include <thrum.h>

int
main(void)
{
	static thrum_memrecord r;
	char *p = thrum_malloc(100), *volatile q = p;
	size_t n = thrum_memprofile(&r, 1);
	printf("%zu %lu\n", n, (unsigned long)r.allocs);
	fflush(stdout);
	thrum_free(p);
	thrum_free(q);
	return 0;
}
