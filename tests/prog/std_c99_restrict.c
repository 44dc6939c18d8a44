// SPDX-License-Identifier: MIT
// Shows that strict C99 works: restrict pointers to locals, static array parameters, inline
// functions, for-scope locals, _Bool and hex floats.
// cflags: -std=c99 -pedantic
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

static inline void
axpy(int n, double *restrict y, const double *restrict x, double a)
{
	for (int i = 0; i < n; i++)
		y[i] += a * x[i];
}

static double
dot(const double a[static 8], const double b[const restrict static 8])
{
	double s = 0;

	for (int i = 0; i < 8; i++)
		s += a[i] * b[i];
	return s;
}

static double
level(int depth, double *restrict up, bool *any)
{
	double x[8], y[8] = { 0x1p-3 };
	bool mine = false;
	double r = 0;
	int64_t n = depth;

	for (int i = 0; i < 8; i++)
		x[i] = (i + depth) % 5;
	axpy(8, y, x, 0.5);
	axpy(8, y, up, 0x1.8p-1);
	*any |= depth % 2;
	if (depth > 0)
		r = level(depth - 1, y, &mine);
	if (mine != (depth > 0 && (depth - 1) % 2))
		printf("depth %" PRId64 ": bool\n", n);
	return r * 0.5 + dot(x, y) * 0.001;
}

int
main(void)
{
	double top[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	bool any = 0;

	for (int d = 0; d < 1000; d = d * 3 + 1) {
		double r = level(d, top, &any);
		printf("%.9g %d\n", r, any);
	}
	return 0;
}
