// SPDX-License-Identifier: MIT
// Shows that indirect calls of own functions and of libc functions work through one table, stored
// in locals and passed down by pointer.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int conv(int);
typedef size_t len(const char *);

__attribute__((noinline)) static int
rot13(int c)
{
	int base = isupper(c) ? 'A' : 'a', *p = &base;

	return isalpha(c) ? (c - *p + 13) % 26 + *p : c;
}

__attribute__((noinline)) static size_t
vowels(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += strchr("aeiouAEIOU", *s) != NULL;
	return n;
}

struct step { conv **c; len *l; };

__attribute__((noinline)) static unsigned
level(const struct step *up, const char *s, int depth)
{
	conv *mine[4] = { toupper, rot13, tolower, up->c[depth & 3] };
	len *lens[3] = { strlen, vowels, up->l };
	struct step st = { mine, lens[depth % 3] };
	char text[40];
	unsigned r = 0;
	size_t i;

	for (i = 0; s[i] && i < sizeof text - 1; i++)
		text[i] = (char)mine[(i + (size_t)depth) & 3]((unsigned char)s[i]);
	text[i] = 0;
	if (depth > 0)
		r = level(&st, text, depth - 1);
	for (i = 0; text[i]; i++)
		r = r * 31 + (unsigned char)text[i];
	return r + (unsigned)lens[(depth + 1) % 3](text) + (unsigned)abs(mine[1]('q') - mine[0]('q'));
}

int
main(void)
{
	conv *c[4] = { tolower, toupper, rot13, rot13 };
	struct step st = { c, vowels };

	for (int d = 0; d < 500; d = d * 3 + 1)
		printf("%u\n", level(&st, "The quick Brown fox jumps Over it", d));
	return 0;
}
