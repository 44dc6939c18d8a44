// SPDX-License-Identifier: MIT
// Shows that long double and _Complex of all three precisions work as arguments, results and locals
// with addresses in deep recursion.
#include <complex.h>
#include <stdio.h>

__attribute__((noinline)) static long double
ld(long double a, int depth, long double b, long double *prev)
{
	long double mine = a * 0.5L + b, r = 0;

	*prev += 0.25L;
	if (depth > 0)
		r = ld(b, depth - 1, mine, &mine);
	return r * 0.5L + mine + a;
}

__attribute__((noinline)) static float _Complex
cf(float _Complex a, float b, float _Complex *p, int depth)
{
	float _Complex m = a + b * I, r = 0;

	*p += 1;
	if (depth > 0)
		r = cf(m * 0.5f, -b, &m, depth - 1);
	return r * 0.25f + m;
}

__attribute__((noinline)) static double _Complex
cd(double x, double _Complex a, double y, double _Complex b, double _Complex c, double _Complex d, double _Complex e, int depth)
{
	double _Complex v[5] = { a, b, c, d, e }, r = 0;

	if (depth > 0)
		r = cd(y, e, x, v[depth % 5] * 0.5, a, b, c, depth - 1);
	for (int i = 0; i < 5; i++)
		r = r * 0.5 + v[i] * (x - y);
	return r;
}

__attribute__((noinline)) static long double _Complex
cl(long double _Complex a, int depth, long double _Complex *p)
{
	long double _Complex m = conjl(a) * 0.5L + depth % 3, r = 0;
	long double *parts = (long double *)p;

	parts[1] += 1;
	if (depth > 0)
		r = cl(m, depth - 1, &m);
	return r * 0.5L + m;
}

int
main(void)
{
	long double top = 0;
	float _Complex tf = 0;
	long double _Complex tl = 0;

	for (int d = 0; d < 1000; d = d * 3 + 1) {
		long double a = ld(1.0L / 3, d, 2, &top);
		float _Complex f = cf(1 + 2 * I, 0.5f, &tf, d);
		double _Complex c = cd(1.5, 1 + I, 0.25, 2 - I, I, -I, 3, d);
		long double _Complex l = cl(1 - 3 * I, d, &tl);
		printf("%d %.15Lg %.5g %.5g %.12g %.12g %.15Lg %.15Lg\n", d, a, (double)crealf(f), (double)cimagf(f), creal(c),
		    cimag(c), creall(l), cimagl(l));
	}
	printf("%Lg %g %Lg\n", top, (double)crealf(tf), cimagl(tl));
	return 0;
}
