// SPDX-License-Identifier: MIT
// Shows that va_copy works before and in the middle of a walk, with copies walked in any order and
// after deep recursion.
#include <stdarg.h>
#include <stdio.h>

__attribute__((noinline)) static unsigned
burn(unsigned n)
{
	volatile unsigned char pad[64];

	for (int i = 0; i < 64; i++)
		pad[i] = (unsigned char)(n + (unsigned)i);
	return n ? burn(n - 1) + pad[n % 64] : pad[0];
}

__attribute__((noinline)) static unsigned
walk(int n, ...)
{
	va_list a, b, c[2];
	unsigned h = 0;

	va_start(a, n);
	va_copy(b, a);
	h += burn(200);
	for (int i = 0; i < n; i++) {
		if (i == n / 2)
			va_copy(c[0], a);
		h = h * 31 + (unsigned)va_arg(a, int);
		h = h * 31 + (unsigned)va_arg(a, double);
	}
	va_copy(c[1], b);
	h += burn(400);
	for (int i = 0; i < n; i++) {
		h = h * 31 + (unsigned)va_arg(b, int);
		h = h * 31 + (unsigned)va_arg(b, double);
		if (i >= n / 2) {
			h = h * 31 + (unsigned)va_arg(c[0], int);
			h = h * 31 + (unsigned)va_arg(c[0], double);
		}
		h = h * 31 + (unsigned)va_arg(c[1], int) + burn((unsigned)i);
		h = h * 31 + (unsigned)va_arg(c[1], double);
	}
	va_end(a);
	va_end(b);
	va_end(c[1]);
	if (n > 0)
		va_end(c[0]);
	return h;
}

int
main(void)
{
	printf("%u\n", walk(0));
	printf("%u\n", walk(1, 1, 2.));
	printf("%u\n", walk(4, 1, 2., 3, 4., 5, 6., 7, 8.));
	printf("%u\n", walk(12, 1, 2., 3, 4., 5, 6., 7, 8., 9, 10., 11, 12., 13, 14., 15, 16., 17, 18., 19, 20., 21, 22., 23, 24.));
	return 0;
}
