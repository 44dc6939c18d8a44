// SPDX-License-Identifier: MIT
// Foreign side of cb_grow.c.

long
foreign_call(long (*fn)(long, const long *), long n, const long *p)
{
	register long a = n + 1, b = n + 2, c = n + 3, d = n + 4, e = n + 5;
	volatile char pad[700];
	pad[0] = 1;
	long r = fn(n, p);
	r += fn(n / 2, p);
	return r + a + b + c + d + e + pad[0];
}
