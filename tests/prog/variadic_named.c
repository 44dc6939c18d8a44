// SPDX-License-Identifier: MIT
//
// Shows that named arguments of variadic functions arrive wherever System V puts them. They are
// 128-bit integers that leave the last register empty, vectors wider than xmm, which are in memory
// there, structs by value of several alignments, and all floating types, foreign and own.
//
// cflags: -mavx
// extra: variadic_named_x.c=clang

#include <immintrin.h>
#include <stdarg.h>
#include <stdio.h>

typedef __int128 ti;
typedef struct { long a, b; } pair;
typedef struct { double a; long b; } mixed;
typedef struct { char c[40]; } bytes;
typedef struct { _Alignas(32) long a[4]; } lines;

double foreign(int n, ...);
static double (*volatile pointer)(int, ...) = foreign;

static __attribute__((noinline)) long
burn(long n, long k)
{
	volatile long x = n;
	return n == 0 ? k : burn(n - 1, k + 1) + x;
}

static __attribute__((noinline)) double
vectors(long a, long b, long c, long d, long e, long f, long g, __m256d v, long h, __m256d w, ti x, ...)
{
	va_list ap;
	va_start(ap, x);
	double s = (double)(a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + burn(300, 0));
	s += v[0] + v[3] * 2 + w[0] * 3 + w[3] * 5 + (double)x;
	s += va_arg(ap, __m256d)[2] * 3 + va_arg(ap, int);
	s += (double)va_arg(ap, long double);
	va_end(ap);
	return s;
}

static __attribute__((noinline)) long
integers(int a, int b, int c, int d, int e, ti x, int y, int z, ...)
{
	va_list ap;
	va_start(ap, z);
	long s = a + b * 2 + c * 3 + d * 4 + e * 5 + y * 6 + z * 7 + (long)x + (long)(x >> 64) * 9 + burn(200, 0);
	for (int i = 0; i < 3; i++)
		s = s * 3 + va_arg(ap, int);
	s += (long)va_arg(ap, ti);
	va_end(ap);
	return s;
}

static __attribute__((noinline)) long
structs(pair p, mixed q, bytes b, int a, lines l, pair r, pair s, long double x, _Complex double c, float f, int z, ...)
{
	va_list ap;
	va_start(ap, z);
	long t = p.a + p.b * 2 + (long)q.a * 3 + q.b * 4 + b.c[7] * 5 + a * 6 + l.a[2] * 7 + r.b * 8 + s.a * 9;
	t += (long)x * 10 + (long)(__real__ c) * 11 + (long)(__imag__ c) * 12 + (long)f * 13 + z * 14 + burn(100, 0);
	t += va_arg(ap, pair).b * 15;
	t += va_arg(ap, bytes).c[3];
	t += (long)va_arg(ap, mixed).a * 16;
	t += va_arg(ap, lines).a[1];
	va_end(ap);
	return t;
}

static __attribute__((noinline)) double
floats(float a, double b, float c, double d, float e, double f, float g, double h, float i, _Float16 k, __float128 l, __m128 m, ...)
{
	va_list ap;
	va_start(ap, m);
	double s = a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + i * 9 + (double)k * 11 + (double)l * 12 + m[2] * 13;
	s += (double)burn(100, 0) + va_arg(ap, double) * 3;
	s += (double)va_arg(ap, __float128);
	s += va_arg(ap, __m128)[1];
	s += (double)va_arg(ap, long double);
	s += va_arg(ap, int);
	va_end(ap);
	return s;
}

int
main(void)
{
	__m256d v = {1, 2, 3, 4}, w = {5, 6, 7, 8};
	__m128 m = {16, 17, 18, 19};
	printf("%g %g\n", foreign(3, v, 1, w, 2, v, 3), pointer(3, v, 1, w, 2, v, 3));
	printf("%g\n", vectors(1, 2, 3, 4, 5, 6, 7, v, 9, w, 55, w, 77, 3.5L));
	printf("%ld\n", integers(1, 2, 3, 4, 5, ((ti)7 << 64) + 5, 6, 7, 8, 9, 10, (ti)99));
	printf("%ld\n", structs((pair){1, 2}, (mixed){3, 4}, (bytes){{1, 2, 3, 4, 5, 6, 7, 8}}, 5, (lines){{1, 2, 3, 4}}, (pair){6, 7},
		(pair){8, 9}, 10.5L, 11 + 12i, 13.f, 14, (pair){1, 99}, (bytes){{5, 5, 5, 77}}, (mixed){8, 9}, (lines){{1, 1234, 3, 4}}));
	printf("%g\n", floats(1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, m, 14., (__float128)15, m, 18.5L, 19));
	return 0;
}
