// SPDX-License-Identifier: MIT
// Shows that callbacks return structs of every class, long double, _Complex and vectors to foreign
// callers.
// extra: cb_returns_x.c=gcc
#include <complex.h>
#include <stdio.h>
#include <string.h>

typedef int v4 __attribute__((vector_size(16)));
struct s8 { int a, b; };
struct s16 { long a; double b; };
struct s40 { long a[5]; };
struct cbs {
	struct s8 (*f8)(int);
	struct s16 (*f16)(int);
	struct s40 (*f40)(int, int, int, int, int, int, int);
	long double (*fld)(int);
	double _Complex (*fc)(int);
	v4 (*fv)(v4, v4);
	float (*ff)(float);
	_Bool (*fb)(int);
};
double foreign_sum(const struct cbs *c, int n);

__attribute__((noinline)) static int
deep(int n)
{
	int a[5] = { n };
	int *volatile p = a;
	return n ? deep(n - 1) + (p[0] == n) : 0;
}

static struct s8 f8(int n) { return (struct s8){ deep(n), n }; }
static struct s16 f16(int n) { return (struct s16){ deep(n * 2), n / 4.0 }; }
static struct s40
f40(int a, int b, int c, int d, int e, int f, int g)
{
	struct s40 r = { { a, b, c, d + e, f + g } };
	struct s40 *volatile p = &r;
	p->a[1] += deep(a);
	return r;
}
static long double fld(int n) { return deep(n) + 0.125L; }
static double _Complex fc(int n) { return deep(n) + n * I; }
static v4
fv(v4 a, v4 b)
{
	v4 t[2] = { a, b };
	v4 *volatile p = t;
	int k = deep(100);
	return p[0] * p[1] + (v4){ k, k, k, k };
}
static float ff(float x) { return x * (float)deep(10); }
static _Bool fb(int n) { return deep(n) == n; }

int
main(void)
{
	struct cbs c = { f8, f16, f40, fld, fc, fv, ff, fb };
	double s = 0;
	for (int n = 1; n < 60; n++)
		s += foreign_sum(&c, n);
	printf("%.3f\n", s);
	return 0;
}
