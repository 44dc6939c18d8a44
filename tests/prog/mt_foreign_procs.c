// SPDX-License-Identifier: MIT
// Shows that foreign code, and a callback of foreign code, may call thrum_maxprocs.
// thrum-only
// extra: mt_foreign_x.c=gcc
// levels: O0 O2
// out: ok
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

int foreign_procs(int n);

static int
compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;
	thrum_maxprocs(1 + (x & 3));
	CHECK(thrum_maxprocs(0) == 1 + (x & 3));
	CHECK(foreign_procs(1 + (y & 3)) == 1 + (y & 3));
	return x < y ? -1 : x > y;
}

int
main(void)
{
	int a[] = {5, 3, 9, 1, 7, 2, 8};
	CHECK(foreign_procs(3) == 3);
	CHECK(thrum_maxprocs(0) == 3);
	qsort(a, 7, sizeof *a, compare);
	for (int i = 1; i < 7; i++)
		CHECK(a[i - 1] < a[i]);
	CHECK(foreign_procs(1) == 1);
	puts("ok");
	return 0;
}
