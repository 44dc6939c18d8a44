// SPDX-License-Identifier: MIT
// Shows that variadic functions and va_lists cross both ways between this file and an object built
// by gcc, recursing through both.
// extra: foreign_vararg.c=gcc
#include <stdarg.h>
#include <stdio.h>

struct pair { long a; double b; };
struct wide { long v[6]; };

long foreign_sum(int n, ...);
long foreign_vsum(int n, va_list ap);
long foreign_call(long (*fn)(int, ...), int depth);
int foreign_format(char *dst, size_t room, const char *fmt, ...);

static long (*volatile pf)(int, ...) = foreign_sum;

__attribute__((noinline)) static long
mine(int depth, ...)
{
	va_list ap, again;
	long a, b, r = 0;

	va_start(ap, depth);
	va_copy(again, ap);
	a = foreign_vsum(3, ap);
	va_end(ap);
	if (depth > 0)
		r = foreign_call(mine, depth - 1);
	b = foreign_vsum(3, again);
	va_end(again);
	if (a != b)
		printf("depth %d: %ld %ld\n", depth, a, b);
	return (r * 31 + a) % 1000003;
}

int
main(void)
{
	char buf[100];
	struct pair p = { 1, 2 };
	struct wide w = { { 1, 2, 3, 4, 5, 6 } };

	printf("%ld %ld\n", foreign_sum(0), pf(0));
	printf("%ld\n", pf(2, 1, 2., p, w, 3.L, 4, 5., p, w, 6.L));
	for (int d = 0; d < 100; d = d * 2 + 1)
		printf("%ld\n", foreign_call(mine, d));
	int n = foreign_format(buf, sizeof buf, "%d %g %s %Lg %ld %g %g %g %g %g %g %g %g %d", 1, 2.5, "three", 4.5L, 5L, 6., 7.,
	    8., 9., 10., 11., 12., 13., 14);
	printf("%d %s\n", n, buf);
	return 0;
}
