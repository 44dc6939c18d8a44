// SPDX-License-Identifier: MIT
// Shows that a second free is found when the memory is to be used again, though the program has
// overwritten what tells a free object.
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
	thrum_free(q);
	for (int i = 1; i < 1000; i++)
		thrum_free(p[i]);
	return 0;
}
