// SPDX-License-Identifier: MIT
// Shows that a variadic function calls itself 400 deep while its own va_list is half read, then
// reads the rest.
#include <stdarg.h>
#include <stdio.h>

struct three { long a, b, c; };

__attribute__((noinline)) static unsigned
rec(int depth, ...)
{
	va_list ap;
	unsigned h;
	struct three s;

	va_start(ap, depth);
	h = (unsigned)va_arg(ap, int);
	h = h * 31 + (unsigned)va_arg(ap, double);
	if (depth > 0)
		h = h * 31 + rec(depth - 1, depth, depth * 2., 3, 4., depth * 5L, 6, 7., 8, 9, &depth, depth * 1.5L,
		    (struct three){ depth, 2, 3 }, depth + 1);
	h = h * 31 + (unsigned)va_arg(ap, int);
	h = h * 31 + (unsigned)va_arg(ap, double);
	h = h * 31 + (unsigned)va_arg(ap, long);
	h = h * 31 + (unsigned)va_arg(ap, int);
	h = h * 31 + (unsigned)va_arg(ap, double);
	h = h * 31 + (unsigned)va_arg(ap, int);
	h = h * 31 + (unsigned)va_arg(ap, int);
	h = h * 31 + (unsigned)*va_arg(ap, int *);
	h = h * 31 + (unsigned)(va_arg(ap, long double) * 2);
	s = va_arg(ap, struct three);
	h = h * 31 + (unsigned)(s.a + s.b + s.c);
	h = h * 31 + (unsigned)va_arg(ap, int);
	va_end(ap);
	return h;
}

int
main(void)
{
	struct three s = { 1, 2, 3 };
	int x = 42;

	for (int d = 0; d <= 400; d = d * 3 + 4)
		printf("%d %u\n", d, rec(d, 1, 2., 3, 4., 5L, 6, 7., 8, 9, &x, 1.5L, s, 10));
	return 0;
}
