// SPDX-License-Identifier: MIT
// Shows that string functions of libc search, compare, join and convert local buffers in recursive
// frames.
#define _GNU_SOURCE
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

__attribute__((noinline)) static unsigned
level(int depth, const char *up)
{
	char a[64], b[64], c[128], *p, *q;
	wchar_t w[32];
	unsigned r = 0;
	size_t n;

	snprintf(a, sizeof a, "k%d=v%d;%s", depth, depth * 2, "tail");
	strncpy(b, up, sizeof b - 1);
	b[sizeof b - 1] = 0;
	p = strchr(a, '=');
	q = strrchr(a, ';');
	if (!p || !q || p > q || strstr(a, "tail") != q + 1 || strpbrk(a, ";=") != p || memchr(a, 'v', sizeof a) != p + 1)
		printf("depth %d: search\n", depth);
	n = strcspn(a, ";");
	strcpy(c, a);
	strcat(c, "|");
	strncat(c, b, 10);
	for (char *s = c; *s; s++)
		*s = (char)toupper((unsigned char)*s);
	if (strcasecmp(c, a) <= 0 || strncasecmp(c, a, n) != 0)
		printf("depth %d: compare\n", depth);
	n += strlen(c) + strspn(c, "K0123456789") + (size_t)(rawmemchr(a, '=') == p) + strnlen(c, 5);
	size_t wn = mbstowcs(w, a, 32);
	if (depth > 0)
		r = level(depth - 1, c);
	if (wn < 32 && (wcslen(w) != wn || w[0] != L'k'))
		printf("depth %d: wide\n", depth);
	if (strncmp(b, up, 63) != 0 || atoi(a + 1) != depth || strtol(p + 2, &q, 10) != depth * 2 || *q != ';')
		printf("depth %d: buffer changed\n", depth);
	char *dup = strdupa(a), *heap = strndup(c, 7);
	r = r * 31 + (unsigned)n + (unsigned)(strverscmp(dup, heap) > 0) + (unsigned char)heap[1];
	free(heap);
	return r;
}

int
main(void)
{
	for (int d = 0; d < 600; d = d * 3 + 1)
		printf("%u\n", level(d, "start of the chain"));
	return 0;
}
