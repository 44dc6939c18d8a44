// SPDX-License-Identifier: MIT
// Shows that a second free is found at once, though other objects were freed in between and the
// program has written to the object.
// want: fatal error: double free: 0x
// thrum-only
#include <string.h>
#include <thrum.h>

int
main(void)
{
	static char *p[1000];
	for (int i = 0; i < 1000; i++)
		p[i] = thrum_malloc(100);
	char *volatile q = p[0];
	thrum_free(p[0]);
	memset(q, 7, 100);
	for (int i = 1; i < 500; i++)
		thrum_free(p[i]);
	thrum_free(q);
	return 0;
}
