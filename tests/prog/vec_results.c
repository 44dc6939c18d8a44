// SPDX-License-Identifier: MIT
//
// Shows that functions work whose results are vectors too wide for registers: the code generator
// returns them in memory. The stack grows and moves while they are computed: direct, through
// pointers, from foreign code, recursively, as tail calls, in variadic functions.
//
// cflags: -Wno-psabi -fwrapv
// extra: vec_results_x.c=clang

#include <stdarg.h>
#include <stdio.h>

#include "extra/vec_results.h"

wide foreign_wide(int n, wide (*fn)(int));
three foreign_three(int n, three (*fn)(int, ...));

static __attribute__((noinline)) long
burn(long n, long k)
{
	volatile long x = n;
	return n == 0 ? k : burn(n - 1, k + 1) + x;
}

static __attribute__((noinline)) wide
get(int n)
{
	wide z;
	for (int i = 0; i < N; i++)
		z[i] = i + n;
	z[0] += (int)(burn(300, 0) & 1);
	return z;
}

static __attribute__((noinline)) wide
sum(int n)
{
	return n == 0 ? get(0) : get(n) + sum(n - 1);
}

static __attribute__((noinline)) doubles
some(double x, int n, ...)
{
	va_list ap;
	doubles d = {0};
	va_start(ap, n);
	for (int i = 0; i < n; i++)
		d[i] = x * va_arg(ap, double) + (double)(burn(200, 0) & 1);
	va_end(ap);
	return d;
}

static __attribute__((noinline)) bits
odd(int n)
{
	bits b;
	for (int i = 0; i < BITS; i++)
		b[i] = (i * n) & 1;
	b[2] = burn(300, 0) & 1;
	return b;
}

// The last register is one that results of C do not need otherwise. Variadic: pinned, in a segment.
static __attribute__((noinline)) three
triple(int n, ...)
{
	va_list ap;
	va_start(ap, n);
	three t = {n, va_arg(ap, int) + (burn(300, 0) & 1), n * 3};
	va_end(ap);
	return t;
}

static __attribute__((noinline)) three
threes(int n)
{
	three t = {n, n + 1, n + 2};
	return burn(n, 0) < 0 ? t : n == 0 ? triple(2, 3) + foreign_three(5, triple) : threes(n - 1) * 3 + t;
}

static wide (*volatile pointer)(int) = get;
static wide (*volatile theirs)(int, wide (*)(int)) = foreign_wide;

static long
hash(wide w)
{
	long h = 0;
	for (int i = 0; i < N; i++)
		h = h * 31 + w[i];
	return h;
}

int
main(void)
{
	wide a = pointer(7), b = foreign_wide(5, get), c = theirs(6, sum);
	doubles d = some(1.5, 3, 1.0, 2.0, 3.0);
	printf("%ld %ld %ld %ld %ld\n", hash(get(3)), hash(a), hash(b), hash(c), hash(sum(40)));
	bits o = odd(3);
	unsigned h = 0;
	for (int i = 0; i < BITS; i++)
		h = h * 3 + o[i];
	printf("%u\n", h);
	three t = threes(100);
	printf("%lu %lu %lu\n", (unsigned long)t[0], (unsigned long)t[1], (unsigned long)t[2]);
	printf("%g %g %g %g\n", d[0], d[1], d[2], d[15]);
	return 0;
}
