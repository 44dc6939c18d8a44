// SPDX-License-Identifier: MIT
// Shows that long double, _Complex, __int128 and vectors cross to an object built by gcc and come
// back through a callback with stack arguments.
// extra: foreign_numbers.c=gcc
#include <complex.h>
#include <stdio.h>

typedef float v4f __attribute__((vector_size(16)));
typedef unsigned __int128 u128;
typedef long double back_fn(int, long double, double _Complex, v4f, u128, float _Complex, long double _Complex, int, int, int, u128, v4f *);

long double foreign_mix(back_fn *back, int depth, long double a, double _Complex b, v4f c, u128 d);
double _Complex foreign_turn(double _Complex a, float _Complex b);
long double _Complex foreign_ld(long double _Complex a, long double b);
u128 foreign_mul(u128 a, long b, long c, long d, long e, u128 f);
v4f foreign_v(v4f a, v4f b, v4f c, v4f d, v4f e, v4f f, v4f g, v4f h, v4f i, v4f j);

static unsigned long check;

static long double
back(int depth, long double a, double _Complex b, v4f c, u128 d, float _Complex e, long double _Complex f, int x, int y, int z,
    u128 g, v4f *h)
{
	long double mine = a * 0.5L + x + y * 2 + z * 3;
	double _Complex t = foreign_turn(b, e);
	long double _Complex u = foreign_ld(f, a);
	u128 m = foreign_mul(d, x, y, z, depth, g);
	v4f w = foreign_v(c, c, c, *h, c, c, c, c + 1, c, *h);

	*h += 1;
	if (depth > 0)
		mine += foreign_mix(back, depth - 1, mine * 0.25L, t, w, m) * 0.5L;
	check = check * 31 + (unsigned long)m + (unsigned long)(m >> 64);
	return mine + creal(t) + cimag(t) * 2 + creall(u) + cimagl(u) + w[1];
}

__attribute__((noinline)) static long double
run(int depth, int up)
{
	long double here = depth;

	if (up > 0)
		return run(depth, up - 1) + here * 0.001L;
	return foreign_mix(back, depth, 1.5L, 2 + 3 * I, (v4f){ 1, 2, 3, 4 }, (u128)5 << 70);
}

int
main(void)
{
	for (int d = 0; d < 100; d = d * 2 + 1) {
		long double r = run(d, d);
		printf("%d %.8Lg %lu\n", d, r, check);
	}
	return 0;
}
