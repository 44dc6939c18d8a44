// SPDX-License-Identifier: MIT
// Shows that variadic calls work with no variadic argument, null-terminated lists, many fixed
// arguments and promoted small types.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) static size_t
cat(char *dst, size_t room, ...)
{
	va_list ap;
	const char *s;
	size_t n = 0;

	va_start(ap, room);
	while ((s = va_arg(ap, const char *)) && n + strlen(s) < room) {
		strcpy(dst + n, s);
		n += strlen(s);
	}
	va_end(ap);
	dst[n] = 0;
	return n;
}

__attribute__((noinline)) static int
fixed(int a, int b, int c, int d, int e, int f, int g, int h, double i, double j, double k, double l, double m, double n,
    double o, double p, double q, int count, ...)
{
	va_list ap;
	int s = a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8;

	s += (int)(i + j * 2 + k * 3 + l * 4 + m * 5 + n * 6 + o * 7 + p * 8 + q * 9);
	va_start(ap, count);
	for (int x = 0; x < count; x++)
		s = s * 3 % 10007 + (x % 2 ? (int)va_arg(ap, double) : va_arg(ap, int));
	va_end(ap);
	return s;
}

__attribute__((noinline)) static int
none(int a, ...)
{
	int *p = &a;

	return a > 0 ? none(*p - 1) + *p : 0;
}

__attribute__((noinline)) static int
small(int n, ...)
{
	va_list ap;
	int s = 0;

	va_start(ap, n);
	for (int i = 0; i < n; i++) {
		s = s * 5 % 10007 + va_arg(ap, int);
		s = s * 5 % 10007 + va_arg(ap, int);
		s += (int)(va_arg(ap, double) * 4);
		s += va_arg(ap, int);
	}
	va_end(ap);
	return s;
}

int
main(void)
{
	char buf[64];
	signed char c = -5;
	short h = -300;
	float f = 2.25f;
	_Bool b = 1;

	printf("%zu ", cat(buf, sizeof buf, (char *)NULL));
	printf("%zu ", cat(buf, sizeof buf, "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", (char *)NULL));
	puts(buf);
	printf("%d\n", fixed(1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0));
	printf("%d\n", fixed(1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 5, 1, 2., 3, 4., 5));
	printf("%d\n", none(2000));
	printf("%d\n", small(3, c, h, f, b, c, h, f, b, c, h, f, b));
	return 0;
}
