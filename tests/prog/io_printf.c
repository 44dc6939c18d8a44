// SPDX-License-Identifier: MIT
// Shows that printf works in every format, with positional arguments, huge widths, long double, %a,
// %n-free counts and more arguments than registers.
#define _GNU_SOURCE
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

__attribute__((noinline)) static void
show(int depth)
{
	char b[600];
	if (depth) {
		b[0] = (char)depth;
		show(depth - 1);
		return;
	}
	printf("%d %i %u %o %x %X %#x %c %s %%\n", -1, 2, 3u, 8, 255, 255, 255, 'c', "str");
	printf("%hhd %hd %ld %lld %jd %zu %td\n", (signed char)-3, (short)-4, -5L, -6LL, (intmax_t)-7, (size_t)8, (ptrdiff_t)-9);
	printf("%f %.3f %e %G %g %a %.2a\n", 1.5, 2.0 / 3, 12345.678, 1e-10, 0.0001, 1.0, 255.75);
	printf("%Lf %Le %Lg %La\n", 1.25L, 3.5e100L, 0.1L, 2.0L);
	printf("%5d|%-5d|%05d|%+d|% d|%*d|%-*d|%.*f\n", 42, 42, 42, 42, 42, 7, 42, 7, 42, 3, 3.14159);
	printf("%3$s %1$s %2$d %1$s\n", "one", 2, "three");
	printf("%2$*1$d %4$.*3$f\n", 8, 77, 2, 2.71828);
	printf("%d%d%d%d%d%d%d%d%d%d%d%d %g %g %g %g %g %g %g %g %g %g\n", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1., 2., 3., 4., 5., 6., 7., 8., 9., 10.);
	printf("%d %Lg %d %Lg %g %d %s\n", 1, 2.5L, 3, 4.5L, 5.5, 6, "tail");
	printf("%ls %lc %.3s|%10.2s|\n", L"wide", (wint_t)L'w', "abcdef", "xyz");
	printf("%g %g %g %f\n", INFINITY, -INFINITY, 0.0, -0.0);
	printf("%" PRId64 " %" PRIx32 " %" PRIuMAX "\n", INT64_MIN, UINT32_MAX, UINTMAX_MAX);
	int n = snprintf(b, sizeof b, "%500s|%-90d|", "right", 7);
	printf("%d %zu %c\n", n, strlen(b), b[499]);
	n = snprintf(b, (size_t)depth + 5, "truncated %d", 1);
	printf("%d %s\n", n, b);
	n = printf("%1000d\n", 1);
	printf("%d\n", n);
}

int
main(void)
{
	show(0);
	show(200);
	return 0;
}
