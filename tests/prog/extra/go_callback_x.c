// SPDX-License-Identifier: MIT
// Foreign side of go_callback.c.

long
foreign_keep(long (*fn)(long, void *), long n, void *arg)
{
	volatile long pad[50];
	long a = n, b = n * 2, c = n * 3, d = n * 5, e = n * 11;
	pad[n] = 7;
	long r = fn(n, arg);
	return r + a + b + c + d + e + pad[n];
}
