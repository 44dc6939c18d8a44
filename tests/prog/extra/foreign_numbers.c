// SPDX-License-Identifier: MIT
// foreign_numbers.c - the foreign side: wide numbers and vectors as arguments and results, with a
// call back.
#include <complex.h>

typedef float v4f __attribute__((vector_size(16)));
typedef unsigned __int128 u128;
typedef long double back_fn(int, long double, double _Complex, v4f, u128, float _Complex, long double _Complex, int, int, int, u128, v4f *);

long double foreign_mix(back_fn *back, int depth, long double a, double _Complex b, v4f c, u128 d);
double _Complex foreign_turn(double _Complex a, float _Complex b);
long double _Complex foreign_ld(long double _Complex a, long double b);
u128 foreign_mul(u128 a, long b, long c, long d, long e, u128 f);
v4f foreign_v(v4f a, v4f b, v4f c, v4f d, v4f e, v4f f, v4f g, v4f h, v4f i, v4f j);

double _Complex
foreign_turn(double _Complex a, float _Complex b)
{
	return a * 0.5 + b;
}

long double _Complex
foreign_ld(long double _Complex a, long double b)
{
	return a * 0.25L + b;
}

u128
foreign_mul(u128 a, long b, long c, long d, long e, u128 f)
{
	return a * 3 + f * 5 + (u128)(b + c * 2 + d * 3 + e * 4);
}

v4f
foreign_v(v4f a, v4f b, v4f c, v4f d, v4f e, v4f f, v4f g, v4f h, v4f i, v4f j)
{
	return (a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + i * 9 + j * 10) * 0.01f;
}

long double
foreign_mix(back_fn *back, int depth, long double a, double _Complex b, v4f c, u128 d)
{
	v4f local = c;
	long double r = back(depth, a, b, c, d, 1 + 2 * I, 3 - 1 * I, 7, 8, 9, d + 1, &local);

	return r + local[0] + local[3] + a;
}
