// SPDX-License-Identifier: MIT
// Shows that a va_list is passed down by value and by pointer through 300 frames which each consume
// one argument, and to vsnprintf.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) static long
eat(va_list *ap, int n)
{
	long v = va_arg(*ap, int), r = 0;
	double d = va_arg(*ap, double);

	if (n > 1)
		r = eat(ap, n - 1);
	return r * 3 + v + (long)d;
}

__attribute__((noinline)) static int
lower(char *dst, size_t room, int depth, const char *fmt, va_list ap)
{
	char mine[200];
	int n;

	if (depth == 0)
		return vsnprintf(dst, room, fmt, ap);
	n = lower(mine, sizeof mine, depth - 1, fmt, ap);
	memcpy(dst, mine, room < sizeof mine ? room : sizeof mine);
	return n;
}

__attribute__((noinline)) static int
format(char *dst, size_t room, int depth, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = lower(dst, room, depth, fmt, ap);
	va_end(ap);
	return n;
}

__attribute__((noinline)) static long
all(int n, ...)
{
	va_list ap;
	long r;

	va_start(ap, n);
	r = eat(&ap, n);
	r = r * 3 + va_arg(ap, int);
	va_end(ap);
	return r;
}

struct holder {
	int depth;
	va_list ap;
};

__attribute__((noinline)) static long
held(struct holder *h)
{
	if (h->depth-- > 0)
		return held(h) * 2 + va_arg(h->ap, long);
	return 1;
}

__attribute__((noinline)) static long
hold(int n, ...)
{
	struct holder h = { n, { { 0 } } };
	long r;

	va_start(h.ap, n);
	r = held(&h);
	va_end(h.ap);
	return r;
}

int
main(void)
{
	char buf[200];

	for (int d = 0; d <= 300; d += 100) {
		int n = format(buf, sizeof buf, d, "%d %s %.3f %c %ld %Lg %x %5.1f|%-6s|%g %d %d", d, "str", 2.5, 'c', 1L << 40,
		    1.25L, 255, 3.25, "pad", 1e10, 11, 12);
		printf("%d %s\n", n, buf);
	}
	printf("%ld\n", all(1, 1, 2., 99));
	printf("%ld\n", all(10, 1, 2., 3, 4., 5, 6., 7, 8., 9, 10., 11, 12., 13, 14., 15, 16., 17, 18., 19, 20., 99));
	printf("%ld %ld\n", hold(0), hold(9, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L));
	return 0;
}
