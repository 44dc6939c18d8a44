// SPDX-License-Identifier: MIT
// Shows that frexp, modf, remquo, lgamma_r and sincos store results into locals of many live
// frames.
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>

__attribute__((noinline)) static double
level(double x, int depth)
{
	int e, q, sign;
	double ip, m, f, r, lg, s, c, below = 0;
	float fi, ff;
	long double li, lf;

	m = frexp(x, &e);
	f = modf(x, &ip);
	r = remquo(x, 3.0, &q);
	lg = lgamma_r(-x - 0.5, &sign);
	sincos(x, &s, &c);
	ff = modff((float)x, &fi);
	lf = modfl((long double)x, &li);
	if (depth > 0)
		below = level(x + 0.375, depth - 1);
	if (ldexp(m, e) != x || ip + f != x || fabs(s * s + c * c - 1) > 1e-12 || fabs(r) > 1.5
	    || (double)(fi + ff) != x || (double)(li + lf) != x || (sign != 1 && sign != -1) || lg != lg)
		printf("depth %d: %g is %g %d %g %g\n", depth, x, m, e, ip, f);
	return below * 0.5 + m * e + ip * 2 + f + r + (q & 7) + sign;
}

int
main(void)
{
	printf("%.12g\n", level(1.0, 0));
	printf("%.12g\n", level(100.25, 1000));
	return 0;
}
