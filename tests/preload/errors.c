// SPDX-License-Identifier: MIT
//
// errors.c - misuse of malloc, by name. If a second argument is given, a handler of SIGABRT
// allocates and ends the program with status 3.

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void (*volatile Free)(void *) = free;
static void *(*volatile Malloc)(size_t) = malloc;

static void
handler(int sig)
{
	void *p[3000];
	(void)sig;
	for (int i = 0; i < 3000; i++) {
		size_t n = (size_t)(i * 37 % 2000 + (i % 500 == 0 ? 100000 : 0));
		if (!(p[i] = Malloc(n)))
			_exit(4);
		memset(p[i], 1, n);
	}
	for (int i = 0; i < 3000; i++)
		Free(p[i]);
	_exit(3);
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	char *p = Malloc(100), *q = Malloc(1 << 20), local[64];
	if (argc > 2)
		signal(SIGABRT, handler);
	printf("%p\n", (void *)(strcmp(what, "large") == 0 ? q : strcmp(what, "inside") == 0 ? p + 16 : p));
	fflush(stdout);
	if (strcmp(what, "double") == 0) {
		Free(p);
		Free(p);
	} else if (strcmp(what, "late") == 0) {
		void *r[1000];
		Free(p);
		for (int i = 0; i < 1000; i++)
			r[i] = Malloc(200);
		for (int i = 0; i < 1000; i++)
			Free(r[i]);
		Free(p);
	} else if (strcmp(what, "large") == 0) {
		Free(q);
		Free(q);
	} else if (strcmp(what, "inside") == 0) {
		Free(p + 16);
	} else if (strcmp(what, "stack") == 0) {
		Free(local);
	} else if (strcmp(what, "realloc") == 0) {
		Free(p);
		(void)!realloc(p, 1000);
	} else if (strcmp(what, "usable") == 0) {
		Free(p);
		return malloc_usable_size(p) != 0;
	}
	return 0;
}
