// SPDX-License-Identifier: MIT
// Shows that constructors and destructors run in priority order, with address-taken locals, deep
// recursion and output of their own.
// extra: link_ctors_g.c=gcc
// extra: link_ctors_t.c=thrumcc
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char trail[400];
int deepsum;

__attribute__((noinline)) int
note(const char *name, int n)
{
	char line[60];
	snprintf(line, sizeof line, "%s%d ", name, n);
	if (n > 0)
		return note(name, n - 1) + (int)strlen(line);
	strcat(trail, name);
	strcat(trail, " ");
	return 0;
}

__attribute__((constructor(201))) static void c201(void) { deepsum += note("c201", 400); }
__attribute__((constructor(200))) static void c200(void) { deepsum += note("c200", 300); }
__attribute__((constructor)) static void cdef(void) { deepsum += note("cdef", 200); }
__attribute__((destructor(300))) static void d300(void) { note("d300", 200); printf("%s\n", trail); }
__attribute__((destructor(301))) static void d301(void) { note("d301", 300); }
__attribute__((destructor)) static void ddef(void) { note("ddef", 100); }

static void
bye(void)
{
	note("atexit", 50);
}

int
main(int argc, char **argv)
{
	printf("%s| %d %d\n", trail, deepsum, argc);
	trail[0] = 0;
	atexit(bye);
	return argv[argc] != NULL;
}
