// SPDX-License-Identifier: MIT
// Shows that math calls work with -ffast-math: sin and cos of one value become one call, others
// become instructions or finite variants.
// cflags: -ffast-math
// ldflags: -lm
#include <math.h>
#include <stdio.h>

struct acc { double s, c, big; };

__attribute__((noinline)) static double
level(double x, double y, struct acc *up, int depth)
{
	struct acc mine = { sin(x), cos(x), pow(x, 1.5) };
	float fs = sinf((float)y), fc = cosf((float)y);
	double e = exp(-x), l = log(x + 1), m = fmod(x * 10, y + 1), a = fma(x, y, 0.5), b = floor(x * 3) + ceil(y) + trunc(x - y);
	double q = sqrt(x * x + y * y), h = hypot(x, y), t = atan2(x, y), r = round(x) + rint(y) + nearbyint(x + y);
	double z = ldexp(x, 3) + fabs(y) + copysign(x, -y) + fmin(x, y) + fmax(x, y), w = 0;

	if (depth > 0)
		w = level(y + 0.25, x * 0.75 + 0.5, &mine, depth - 1);
	up->s += mine.s;
	up->c += mine.c;
	up->big = fmax(up->big, mine.big);
	if (fabs(q - h) > 1e-9 || fabs(mine.big) > 1e9)
		printf("depth %d\n", depth);
	return w * 0.5 + (double)(fs + fc) + e + l + m * 0.01 + a + b + q + t + r + z;
}

int
main(void)
{
	for (int d = 0; d < 1000; d = d * 4 + 1) {
		struct acc a = { 0, 0, 0 };
		double r = level(1.1, 2.2, &a, d);
		printf("%d %.4g %.4g %.4g %.4g\n", d, r, a.s, a.c, a.big);
	}
	return 0;
}
