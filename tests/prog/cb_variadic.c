// SPDX-License-Identifier: MIT
// Shows that foreign code may call instrumented variadic functions and functions that take a
// va_list.
// extra: cb_variadic_x.c=gcc
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef int (*vfn)(char *, size_t, const char *, ...);
typedef double (*vlfn)(const char *, va_list);
int foreign_log(vfn f, char *out, size_t n, int i);
double foreign_wrap(vlfn f, const char *kinds, ...);

__attribute__((noinline)) static int
deep(int n)
{
	char b[60];
	memset(b, n, sizeof b);
	char *volatile p = b;
	return n ? deep(n - 1) + (p[0] == (char)n) : 0;
}

static int
log_to(char *out, size_t n, const char *fmt, ...)
{
	va_list ap, ap2;
	va_start(ap, fmt);
	va_copy(ap2, ap);
	int first = va_arg(ap2, int);
	int d = deep(first % 50 + 50);
	int len = vsnprintf(out, n, fmt, ap);
	va_end(ap2);
	va_end(ap);
	return len + d;
}

static double
add(const char *kinds, va_list ap)
{
	double s = 0;
	for (; *kinds; kinds++) {
		s += deep(10);
		switch (*kinds) {
		case 'i': s += va_arg(ap, int); break;
		case 'l': s += (double)va_arg(ap, long); break;
		case 'd': s += va_arg(ap, double); break;
		case 'L': s += (double)va_arg(ap, long double); break;
		case 's': s += (double)strlen(va_arg(ap, char *)); break;
		}
	}
	return s;
}

int
main(void)
{
	char buf[200];
	long total = 0;
	for (int i = 0; i < 20; i++) {
		total += foreign_log(log_to, buf, sizeof buf, i);
		if (i % 6 == 0)
			puts(buf);
	}
	double d = foreign_wrap(add, "idLsdldidldidL", 1, 2.5, 3.25L, "four", 5.0, 6L, 7.0, 8, 9.5, 10L, 11.0, 12, 13.0, 14.5L);
	printf("%ld %.2f\n", total, d);
	return 0;
}
