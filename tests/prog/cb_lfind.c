// SPDX-License-Identifier: MIT
// Shows that lfind, lsearch, hsearch_r and insque work on tables in the stack frame.
#define _GNU_SOURCE
#include <search.h>
#include <stdio.h>
#include <string.h>

struct elem { struct elem *next, *prev; int v; };

static int
same(const void *a, const void *b)
{
	char x[16], y[16];
	memcpy(x, a, 16);
	memcpy(y, b, 16);
	return strcmp(x, y);
}

int
main(void)
{
	char table[40][16];
	size_t n = 0;
	for (int i = 0; i < 100; i++) {
		char key[16] = { 0 };
		snprintf(key, sizeof key, "k%d", i * i % 41);
		char *p = lsearch(key, table, &n, 16, same);
		if (strcmp(p, key))
			return 1;
	}
	char key[16] = "k4";
	printf("%zu %s %s\n", n, (char *)lfind(key, table, &n, 16, same), lfind("none\0\0\0\0\0\0\0\0\0\0\0", table, &n, 16, same) ? "?" : "absent");
	struct hsearch_data h;
	memset(&h, 0, sizeof h);
	if (!hcreate_r(100, &h))
		return 2;
	for (size_t i = 0; i < n; i++) {
		ENTRY e = { table[i], &table[i][1] }, *r;
		if (!hsearch_r(e, ENTER, &r, &h))
			return 3;
	}
	ENTRY q = { .key = key }, *r = NULL;
	hsearch_r(q, FIND, &r, &h);
	printf("%s\n", r ? (char *)r->data : "lost");
	hdestroy_r(&h);
	struct elem e[5], *p;
	memset(e, 0, sizeof e);
	for (int i = 0; i < 5; i++) {
		e[i].v = i + 1;
		insque(&e[i], i ? &e[i - 1] : NULL);
	}
	remque(&e[2]);
	int s = 0;
	for (p = &e[0]; p; p = p->next)
		s = s * 10 + p->v;
	printf("%d\n", s);
	return 0;
}
