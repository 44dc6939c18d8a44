// SPDX-License-Identifier: MIT
//
// Shows that functions of libm work that the code generator calls by itself, of all floating types:
// __float128, long double, double, float, _Float16. They need up to a kilobyte, and are called at
// all distances from the end of the stack.
//
// cflags: -fno-math-errno -Wno-everything
// ldflags: -lm

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static volatile double big = 1e300, one = 0.7;
static volatile _Float16 half = 0.75;

#define AT(name, T, expr) \
	static __attribute__((noinline)) long name(long n, T x, long a, long b) \
	{ \
		if (n == 0) \
			return (long)((expr) * 1000) + a; \
		long r = name(n - 1, x, a + b, b); \
		__asm__ volatile("" : "+r"(r)); \
		return r + b - a; \
	}

AT(quad, __float128, __builtin_sinf128(x) + __builtin_floorf128(x * 1e-299) + __builtin_powf128(x, 1e-3) + __builtin_fmaf128(x, 1e-300, x * 1e-300))
AT(longd, long double, __builtin_cosl(x) + __builtin_expl(-x) + __builtin_roundl(x * 1e-299L))
AT(doub, double, __builtin_sin(x) + __builtin_log(x) + __builtin_fmod(x, 7.0) + __builtin_frexp(x, &(int){0}))
AT(flt, float, __builtin_tanf(x) + __builtin_exp2f(x) + __builtin_powf(x, 3.3f) + __builtin_frexpf(x, &(int){0}))
AT(hlf, _Float16, (float)(__builtin_sinf16(x) + __builtin_expf16(x) + __builtin_fmodf16(x, half)) + (float)__builtin_sqrtf16(x))

static __attribute__((noinline)) long
complex(long n, _Complex double z)
{
	z = z * z / (z + 1.5) + n;
	return n == 0 ? (long)(__real__ z * 100) : complex(n - 1, z / 1e3) + (long)__imag__ z;
}

int
main(void)
{
	long s[6] = {0};
	for (long i = 0; i < 60; i++) {
		s[0] += quad(i, big + i, i, 3);
		s[1] += longd(i, big + i, i, 3);
		s[2] += doub(i, big + i, i, 3);
		s[3] += flt(i, one + i, i, 3);
		s[4] += hlf(i, half, i, 3);
		s[5] += complex(i, one + 2.5i);
	}
	for (int i = 0; i < 6; i++)
		printf("%ld\n", s[i]);
	return 0;
}
