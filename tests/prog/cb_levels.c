// SPDX-License-Identifier: MIT
// Shows that a callback inside a foreign call inside a callback, three levels deep with recursion
// at each, sorts correctly.
// extra: cb_levels_x.c=gcc
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

long foreign_apply(long (*fn)(void *, long), void *arg, long n);

struct lv { int level; int *shared; long base; };

__attribute__((noinline)) static long
burn(int n, long x)
{
	long a[6] = { x, n };
	long *volatile p = a;
	return n ? burn(n - 1, x) + p[1] : p[0];
}

static int
cmp(const void *a, const void *b)
{
	long x = burn(20, *(const int *)a), y = burn(20, *(const int *)b);
	return (x > y) - (x < y);
}

static long
step(void *arg, long i)
{
	struct lv *up = arg, mine = { up->level + 1, up->shared, up->base * 10 + i };
	int v[9];
	++*up->shared;
	for (int k = 0; k < 9; k++)
		v[k] = (int)((k * 4 + i) % 9);
	qsort(v, 9, sizeof v[0], cmp);
	for (int k = 0; k < 9; k++)
		if (v[k] != k)
			return -1000000;
	long r = burn(30 * mine.level, i);
	if (mine.level < 3)
		r += foreign_apply(step, &mine, 4);
	return r + mine.base;
}

int
main(void)
{
	int count = 0;
	struct lv top = { 0, &count, 1 };
	long r = foreign_apply(step, &top, 4);
	printf("%ld %d\n", r, count);
	return 0;
}
