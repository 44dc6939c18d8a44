// SPDX-License-Identifier: MIT
// Shows that more live vectors and doubles than registers survive recursive calls: every one of
// them is spilled and reloaded.
#include <stdio.h>

typedef double v2d __attribute__((vector_size(16)));

__attribute__((noinline)) static v2d
go(v2d x, int depth)
{
	v2d a = x, b = x * 1.25, c = x + 1, d = x - 2, e = x * x, f = a - b, g = b * 0.5, h = c * d;
	v2d i = e + f, j = g - h, k = a + c, l = b + d, m = e * 0.125, n = f + g, o = h + i, p = j - k;
	double s0 = x[0] * 3, s1 = x[1] * 5, s2 = s0 - s1;
	v2d r = { 0, 0 };

	if (depth > 0)
		r = go((v2d){ (x[1] + 1) * 0.5, x[0] * 0.75 }, depth - 1);
	r = r * 0.25 + a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8;
	r = r + i * 9 + j * 10 + k * 11 + l * 12 + m * 13 + n * 14 + o * 15 + p * 16;
	r[depth & 1] += s0 + s1 * s2;
	return r;
}

int
main(void)
{
	for (int d = 0; d < 1500; d = d * 2 + 3) {
		v2d r = go((v2d){ 1.5, 2.5 }, d);
		printf("%d %.10g %.10g\n", d, r[0], r[1]);
	}
	return 0;
}
