// SPDX-License-Identifier: MIT
// Foreign side of cb_variadic.c.
#include <stdarg.h>
#include <stddef.h>

int
foreign_log(int (*f)(char *, size_t, const char *, ...), char *out, size_t n, int i)
{
	return f(out, n, "%d %s %.2f %ld %c %Lg %d %d %g %g %g %g %g %g %g %g", i, "text", i * 1.5, 1L << i, 'a' + i, 0.5L * i, i + 1, i + 2,
		1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0 + i);
}

double
foreign_wrap(double (*f)(const char *, va_list), const char *kinds, ...)
{
	va_list ap;
	va_start(ap, kinds);
	double d = f(kinds, ap);
	va_end(ap);
	return d;
}
