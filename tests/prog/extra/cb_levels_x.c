// SPDX-License-Identifier: MIT
// Foreign side of cb_levels.c.

long
foreign_apply(long (*fn)(void *, long), void *arg, long n)
{
	volatile long pad[40];
	long s = 0, a = n * 3, b = n * 5, c = n * 7;
	pad[7] = 1;
	for (long i = 0; i < n; i++)
		s += fn(arg, i) + a - b + c - 5 * n + pad[7] - 1;
	return s;
}
