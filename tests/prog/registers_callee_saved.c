// SPDX-License-Identifier: MIT
// Shows that more live integers than registers survive calls that grow the stack: every
// callee-saved register and spill comes back.
#include <stdio.h>

static unsigned sink;

__attribute__((noinline)) static unsigned long
go(unsigned long a, unsigned long b, unsigned long c, unsigned long d, unsigned long e, unsigned long f, int n)
{
	unsigned long g = a * 3 + 1, h = b * 5 + 2, i = c * 7 + 3, j = d * 11 + 4, k = e * 13 + 5, l = f * 17 + 6;
	unsigned long r0 = 0, r1 = 0;
	double x = (double)(a & 0xffff), y = (double)(b & 0xffff) * 0.5;

	if (n > 0) {
		r0 = go(b, c, d, e, f, g, n - 1);
		sink++;
		if (n % 100 == 0)
			r1 = go(h ^ a, i ^ b, j ^ c, k ^ d, l ^ e, g ^ f, n / 4);
	}
	return (r0 ^ r1 << 1) + a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j + 11 * k + 12 * l
	    + (unsigned long)(x + y);
}

int
main(void)
{
	for (int n = 0; n < 1000; n = n * 3 + 1) {
		unsigned long r = go(1, 2, 3, 4, 5, 6, n);
		printf("%d %lu %u\n", n, r, sink);
	}
	return 0;
}
