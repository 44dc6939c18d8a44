// SPDX-License-Identifier: MIT
// Foreign side of cb_stackargs.c.
struct big { long a[5]; };
struct mix { double d; int i; };
struct tiny { char c[3]; };

long
call_ints(long (*f)(int, int, int, int, int, int, int, int, int, int, int, int, long), int n)
{
	return f(n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7, n + 8, n + 9, n + 10, -n, 1L << 40) + n;
}

double
call_dbls(double (*f)(double, double, double, double, double, double, double, double, double, double, double, double), int n)
{
	double b = n * 0.5;
	return f(b, b * 2, b * 3, b + 4, b + 5, b + 6, b + 7, b + 8, b + 9, b + 10, b + 11, b + 12) + b;
}

long
call_structs(long (*f)(struct big, int, struct mix, struct mix, struct big, struct tiny, long double, struct mix, short, unsigned char), int n)
{
	struct big x = { { n, n + 1, n + 2, n + 3, n + 4 } }, y = { { 5, 4, n, 2, 1 } };
	struct mix m = { 1.5 * n, 3 }, o = { n + 0.25, -n };
	struct tiny t = { { 1, 2, 3 } };
	long r = f(x, 7, m, m, y, t, 2.25L, o, -3, 200);
	return r + x.a[0] - n + y.a[4];
}
