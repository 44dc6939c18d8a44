// SPDX-License-Identifier: MIT
// Shows that a callback which recurses 2500 levels grows the stack under a foreign caller, at
// several depths of the program itself.
// extra: cb_grow_x.c=gcc
#include <stdio.h>
#include <string.h>

long foreign_call(long (*fn)(long, const long *), long n, const long *p);

__attribute__((noinline)) static long
rec(long n, const long *up)
{
	long mine[4] = { n, *up + 1, 3, 4 };
	return n ? rec(n - 1, &mine[1]) + mine[2] - 2 : mine[1];
}

static long
cb(long n, const long *p)
{
	long start = *p;
	return rec(n, &start);
}

__attribute__((noinline)) static long
at(int depth, long n)
{
	long x[3] = { depth, n, depth + n };
	if (depth == 0)
		return foreign_call(cb, n, &x[2]);
	long r = at(depth - 1, n);
	return r + x[0] * 2 + x[1];
}

int
main(void)
{
	for (int d = 0; d <= 300; d += 100)
		for (long n = 10; n <= 700; n *= 4)
			printf("%d %ld: %ld\n", d, n, at(d, n));
	printf("%ld\n", at(3, 2500));
	return 0;
}
