// SPDX-License-Identifier: MIT
// Shows that variadic functions work through pointers, with struct, large struct, long double and
// complex results.
#include <complex.h>
#include <stdarg.h>
#include <stdio.h>

struct small { int n; double sum; };
struct large { int n; long v[40]; };

__attribute__((noinline)) static struct small
vsmall(int n, ...)
{
	struct small r = { n, 0 };
	va_list ap;

	va_start(ap, n);
	while (n-- > 0)
		r.sum += va_arg(ap, double);
	va_end(ap);
	return r;
}

__attribute__((noinline)) static struct large
vlarge(int n, ...)
{
	struct large r = { n, { 0 } };
	va_list ap;

	va_start(ap, n);
	for (int i = 0; i < n; i++)
		r.v[i] = va_arg(ap, long);
	va_end(ap);
	return r;
}

__attribute__((noinline)) static long double
vld(int n, ...)
{
	long double p = 1;
	va_list ap;

	va_start(ap, n);
	while (n-- > 0)
		p = p * 2 + va_arg(ap, long double);
	va_end(ap);
	return p;
}

__attribute__((noinline)) static double _Complex
vcx(int n, ...)
{
	double _Complex c = 0;
	va_list ap;

	va_start(ap, n);
	while (n-- > 0)
		c = c * (1 + 1 * I) + va_arg(ap, double _Complex);
	va_end(ap);
	return c;
}

static struct small (*volatile ps)(int, ...) = vsmall;
static struct large (*volatile pl)(int, ...) = vlarge;
static long double (*volatile pld)(int, ...) = vld;
static double _Complex (*volatile pc)(int, ...) = vcx;

__attribute__((noinline)) static double
deep(int depth)
{
	struct small s = ps(depth % 4, 1., 2., 3.);
	struct large l = pl(8, 1L, 2L, 3L, 4L, 5L, 6L, 7L, (long)depth);
	double _Complex c = pc(3, (double _Complex)(1 + 2 * I), (double _Complex)depth, (double _Complex)(3 * I));
	double r = depth > 0 ? deep(depth - 1) : 0;

	r = r * 0.5 + s.sum + s.n + (double)l.v[7] + (double)l.v[0] + (double)l.v[39];
	return r + (double)pld(2, 1.5L, (long double)depth) + creal(c) + cimag(c) * 2;
}

int
main(void)
{
	printf("%g %d %Lg\n", ps(0).sum, pl(0).n, pld(0));
	for (int d = 0; d < 1000; d = d * 2 + 1)
		printf("%.10g\n", deep(d));
	return 0;
}
