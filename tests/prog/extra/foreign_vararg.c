// SPDX-License-Identifier: MIT
// foreign_vararg.c - the foreign side: variadic functions, calls of variadic pointers, and use of a
// va_list from the other side.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct pair { long a; double b; };
struct wide { long v[6]; };

long foreign_sum(int n, ...);
long foreign_vsum(int n, va_list ap);
long foreign_call(long (*fn)(int, ...), int depth);
int foreign_format(char *dst, size_t room, const char *fmt, ...);

long
foreign_vsum(int n, va_list ap)
{
	long s = 0;

	while (n-- > 0) {
		struct pair p;
		struct wide w;

		s = s * 3 + va_arg(ap, int);
		s += (long)(va_arg(ap, double) * 2);
		p = va_arg(ap, struct pair);
		w = va_arg(ap, struct wide);
		s += p.a + (long)p.b + w.v[0] + w.v[5] + (long)va_arg(ap, long double);
		s %= 1000003;
	}
	return s;
}

long
foreign_sum(int n, ...)
{
	va_list ap;
	long s;

	va_start(ap, n);
	s = foreign_vsum(n, ap);
	va_end(ap);
	return s;
}

long
foreign_call(long (*fn)(int, ...), int depth)
{
	struct pair p = { depth, 2.5 };
	struct wide w = { { 1, 2, 3, 4, 5, depth } };

	return fn(depth, depth, 1.5, p, w, 2.5L, depth + 1, 3.5, p, w, 4.5L, depth + 2, 5.5, p, w, 6.5L);
}

int
foreign_format(char *dst, size_t room, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(dst, room, fmt, ap);
	va_end(ap);
	return n;
}
