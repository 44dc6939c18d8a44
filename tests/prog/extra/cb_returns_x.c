// SPDX-License-Identifier: MIT
// Foreign side of cb_returns.c.
#include <complex.h>

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

double
foreign_sum(const struct cbs *c, int n)
{
	struct s8 a = c->f8(n);
	struct s16 b = c->f16(n);
	struct s40 d = c->f40(n, 2, 3, 4, 5, 6, 7);
	long double e = c->fld(n);
	double _Complex z = c->fc(n);
	v4 x = { 1, 2, 3, 4 }, y = { n, n, n, n }, v = c->fv(x, y);
	float f = c->ff(1.5f);
	return a.a + a.b * 2 + (double)b.a + b.b + (double)(d.a[0] + d.a[1] * 3 + d.a[4]) + (double)e + creal(z) - cimag(z) + v[0] + v[3] + f + c->fb(n);
}
