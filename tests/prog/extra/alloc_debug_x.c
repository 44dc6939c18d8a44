// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

// Frames of several functions without a frame pointer. The code after each call keeps it from being
// a jump.
__attribute__((noinline)) static char *
innermost(const char *s, size_t n)
{
	char *p = malloc(n);
	return strcpy(p, s);
}

__attribute__((noinline)) static char *
middle(const char *s, size_t a, size_t b, size_t c)
{
	volatile size_t room[20];
	room[3] = a + b;
	char *p = innermost(s, room[3] + c);
	return p + (room[3] - a - b);
}

char *
foreign_copy(const char *s)
{
	size_t n = strlen(s);
	char *p = middle(s, n, 0, 1);
	return p + strlen(p) - n;
}

int
foreign_free(void *p)
{
	free(p);
	return 1;
}
