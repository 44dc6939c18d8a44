// SPDX-License-Identifier: MIT
// Shows that callbacks from foreign code get every stack-passed argument: many ints, many doubles,
// structs by value, over-aligned and mixed.
// extra: cb_stackargs_x.c=gcc
#include <stdio.h>
#include <string.h>

struct big { long a[5]; };
struct mix { double d; int i; };
struct tiny { char c[3]; };
typedef long (*ints_fn)(int, int, int, int, int, int, int, int, int, int, int, int, long);
typedef double (*dbls_fn)(double, double, double, double, double, double, double, double, double, double, double, double);
typedef long (*structs_fn)(struct big, int, struct mix, struct mix, struct big, struct tiny, long double, struct mix, short, unsigned char);

long call_ints(ints_fn f, int n);
double call_dbls(dbls_fn f, int n);
long call_structs(structs_fn f, int n);

__attribute__((noinline)) static long
deep(int n, const struct big *p)
{
	struct big c = *p;
	c.a[n % 5]++;
	return n ? deep(n - 1, &c) : c.a[0] + c.a[4];
}

static long
ints(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j, int k, int l, long m)
{
	int *p[3] = { &g, &l, &a };
	*p[0] += 1;
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7L * g + 8 * h + 9 * i + 10 * j + 11 * k + 12L * *p[1] + m;
}

static double
dbls(double a, double b, double c, double d, double e, double f, double g, double h, double i, double j, double k, double l)
{
	double *volatile p = &j;
	return a - b + c - d + e - f + g - h + i - *p + k * l;
}

static long
structs(struct big x, int i, struct mix m, struct mix n, struct big y, struct tiny t, long double ld, struct mix o, short s, unsigned char u)
{
	struct big *volatile px = &x;
	x.a[0] += deep(300, &y);
	return px->a[0] + x.a[4] * i + (long)m.d + m.i + (long)n.d * n.i + y.a[2] + t.c[0] + t.c[1] + t.c[2] + (long)(ld * 4) + (long)o.d + o.i + s + u;
}

int
main(void)
{
	long r = 0;
	double d = 0;
	for (int n = 0; n < 50; n++) {
		r += call_ints(ints, n);
		d += call_dbls(dbls, n);
		r += call_structs(structs, n);
	}
	printf("%ld %.3f\n", r, d);
	return 0;
}
