// SPDX-License-Identifier: MIT
// Shows that longjmp may cross three levels of foreign calls and callbacks, and that a jump inside
// an inner level leaves the outer ones alone.
#include <search.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

static jmp_buf outer, inner;
static int mode, deepest;

static int
cmp_leaf(const void *a, const void *b)
{
	int t[10] = { *(const int *)a, *(const int *)b };
	int *volatile p = t;
	if (p[0] == 3 || p[1] == 3) {
		deepest++;
		longjmp(mode ? outer : inner, 2);
	}
	return p[0] - p[1];
}

static int
cmp_mid(const void *a, const void *b)
{
	const int *x = a, *y = b;
	int v[4] = { *x, 3, *y, 1 };
	volatile int caught = 0;
	if (setjmp(inner) == 0)
		qsort(v, 4, sizeof v[0], cmp_leaf);
	else
		caught = 1;
	return caught ? *x - *y : -99;
}

static int
cmp_top(const void *a, const void *b)
{
	int v[3] = { *(const int *)a + 10, *(const int *)b + 10, 50 };
	size_t n = 3;
	int key = v[1];
	int *hit = lfind(&key, v, &n, sizeof v[0], cmp_mid);
	(void)hit;
	return *(const int *)a - *(const int *)b;
}

int
main(void)
{
	int v[12];
	int ref[12];
	for (mode = 0; mode < 2; mode++) {
		for (int i = 0; i < 12; i++)
			ref[i] = v[i] = i * 5 % 12 + 4;
		int r = setjmp(outer);
		if (r == 0)
			qsort(v, 12, sizeof v[0], cmp_top);
		int sorted = 1;
		for (int i = 1; i < 12; i++)
			sorted &= v[i - 1] <= v[i];
		printf("mode %d: r=%d sorted=%d deepest>0:%d first %d\n", mode, r, sorted, deepest > 0, mode ? ref[0] : v[0]);
	}
	return 0;
}
