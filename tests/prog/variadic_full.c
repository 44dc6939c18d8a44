// SPDX-License-Identifier: MIT
//
// Shows that variadic functions use little stack before they check it. Their named arguments take
// every register for arguments, vectors and integers, with more of both kinds and structs behind
// them in memory.
//
// cflags: -mavx
// thrumflags: -fthrum-verify

#include <immintrin.h>
#include <stdarg.h>
#include <stdio.h>

typedef struct { long a[5]; } five;
typedef struct { _Alignas(64) long a[8]; } lines;

static __attribute__((noinline)) long
burn(long n, long k)
{
	volatile long x = n;
	return n == 0 ? k : burn(n - 1, k + 1) + x;
}

static __attribute__((noinline)) double
all(__m128d a, __m128d b, __m128d c, __m128d d, __m128d e, __m128d f, __m128d g, __m128d h, long i, long j, long k, long l, long m,
	long n, five o, __m128d p, __m256d q, lines r, long double s, ...)
{
	va_list ap, again;
	va_start(ap, s);
	double x = (double)burn(i & 63, k);
	va_copy(again, ap);
	for (long t = 0; t < n; t++)
		x = x * 3 + va_arg(ap, double) + (double)va_arg(ap, five).a[4] + (double)va_arg(ap, long double);
	for (long t = 0; t < n; t++)
		x = x * 5 + va_arg(again, double) + (double)va_arg(again, five).a[0] + (double)va_arg(again, long double);
	va_end(again);
	va_end(ap);
	x += a[0] + b[1] * 2 + c[0] * 3 + d[1] * 4 + e[0] * 5 + f[1] * 6 + g[0] * 7 + h[1] * 8;
	x += (double)(i + j * 2 + k * 3 + l * 4 + m * 5 + n * 6 + o.a[0] + o.a[4] * 7 + r.a[0] * 8 + r.a[7] * 9);
	return x + p[1] * 10 + q[0] * 11 + q[3] * 12 + (double)s * 13;
}

static double (*volatile pointer)(__m128d, __m128d, __m128d, __m128d, __m128d, __m128d, __m128d, __m128d, long, long, long, long, long, long,
	five, __m128d, __m256d, lines, long double, ...) = all;

// Its arguments lie over ones of its caller's, at every depth of the stack.
static __attribute__((noinline)) double
deep(long n)
{
	__m128d v = {(double)n, (double)n + 1};
	__m256d w = {(double)n, 2, 3, (double)n + 4};
	five o = {{n, 1, 2, 3, n + 4}};
	lines r = {{n, 1, 2, 3, 4, 5, 6, n + 7}};
	double x = n == 0 ? 0 : deep(n - 1) / 16;
	x += all(v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6, v + 7, n, n + 1, n + 2, n + 3, n + 4, 2, o, v + 8, w, r, (long double)n, 1.5, o,
		2.5l, (double)n, o, 3.5l);
	return x + pointer(v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6, v + 7, n, n + 1, n + 2, n + 3, n + 4, 0, o, v + 8, w, r, (long double)n);
}

int
main(void)
{
	for (long n = 0; n < 200; n += 7)
		printf("%a\n", deep(n));
	return 0;
}
