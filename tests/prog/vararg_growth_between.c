// SPDX-License-Identifier: MIT
// Shows that every va_arg is followed by a call that needs more stack than the last one; register
// and stack arguments stay readable.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) static unsigned
use(unsigned kb, unsigned seed)
{
	unsigned char pad[1024];

	memset(pad, (int)seed, sizeof pad);
	if (kb > 0)
		pad[kb % 1024] = (unsigned char)use(kb - 1, seed + 1);
	unsigned h = 0;
	for (int i = 0; i < 1024; i += 31)
		h = h * 31 + pad[i];
	return h;
}

__attribute__((noinline)) static unsigned long
grow(int a, double b, int n, ...)
{
	va_list ap;
	unsigned long h = (unsigned long)a + (unsigned long)b;

	va_start(ap, n);
	for (int i = 0; i < n; i++) {
		h = h * 31 + (unsigned long)va_arg(ap, int);
		h = h * 31 + use((unsigned)i * 12, (unsigned)i);
		h = h * 31 + (unsigned long)(va_arg(ap, double) * 4);
		h = h * 31 + use((unsigned)i * 17 % 50, (unsigned)i);
		h = h * 31 + (unsigned long)va_arg(ap, long double);
	}
	va_end(ap);
	return h;
}

int
main(void)
{
	printf("%lu\n", grow(1, 2, 0));
	printf("%lu\n", grow(1, 2, 10, 1, 1., 1.L, 2, 2., 2.L, 3, 3., 3.L, 4, 4., 4.L, 5, 5., 5.L, 6, 6., 6.L, 7, 7., 7.L,
	    8, 8., 8.L, 9, 9., 9.L, 10, 10., 10.L));
	return 0;
}
