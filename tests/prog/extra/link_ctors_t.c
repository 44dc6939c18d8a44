// SPDX-License-Identifier: MIT
// thrumcc side of link_ctors.c.
#include <stdlib.h>
int note(const char *name, int n);
static int
cmp(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}
__attribute__((constructor(170))) static void
t170(void)
{
	int v[30];
	for (int i = 0; i < 30; i++)
		v[i] = i * 7 % 30;
	qsort(v, 30, sizeof v[0], cmp);
	note(v[29] == 29 ? "t170" : "bad", v[3] * 20);
}
__attribute__((destructor(340))) static void t340(void) { note("t340", 60); }
