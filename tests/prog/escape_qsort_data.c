// SPDX-License-Identifier: MIT
// Shows that qsort, qsort_r and bsearch sort and search local arrays with comparators that read
// locals through pointers.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rec {
	char name[10];
	double key;
	int n;
};

struct how {
	int field, sign;
	unsigned calls;
};

static int
by_int(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static int
by_how(const void *va, const void *vb, void *arg)
{
	struct rec a = *(const struct rec *)va;
	const struct rec *b = vb;
	struct how *h = arg;
	int r;

	h->calls++;
	switch (h->field) {
	case 0: r = strcmp(a.name, b->name); break;
	case 1: r = (a.key > b->key) - (a.key < b->key); break;
	default: r = by_int(&a.n, &b->n);
	}
	return r * h->sign;
}

__attribute__((noinline)) static unsigned
level(int depth)
{
	int v[40], key = depth * 7 % 40 * 3, *hit;
	struct rec r[12];
	struct how h = { depth % 3, depth % 2 ? 1 : -1, 0 };
	unsigned hash = 0;

	for (int i = 0; i < 40; i++)
		v[i] = (i * 17 + depth) % 40 * 3;
	for (int i = 0; i < 12; i++) {
		r[i].n = (i * 5 + depth) % 12;
		r[i].key = (i * 7 + depth) % 12 / 2.0;
		snprintf(r[i].name, sizeof r[i].name, "n%02d", (i * 11 + depth) % 12);
	}
	qsort(v, 40, sizeof *v, by_int);
	qsort_r(r, 12, sizeof *r, by_how, &h);
	if (depth > 0)
		hash = level(depth - 1);
	hit = bsearch(&key, v, 40, sizeof *v, by_int);
	if (!hit || *hit != key || hit - v != key / 3)
		printf("depth %d: key %d not found\n", depth, key);
	for (int i = 1; i < 12; i++)
		if (by_how(&r[i - 1], &r[i], &h) > 0)
			printf("depth %d: not sorted\n", depth);
	for (int i = 0; i < 40; i++)
		hash = hash * 31 + (unsigned)v[i];
	for (int i = 0; i < 12; i++)
		hash = hash * 31 + (unsigned)r[i].n + (unsigned)r[i].name[2];
	return hash + (h.calls > 11);
}

int
main(void)
{
	printf("%08x\n", level(0));
	printf("%08x\n", level(60));
	return 0;
}
