// SPDX-License-Identifier: MIT
// Shows that tables of function pointers inside structs passed by value dispatch calls that take
// and return those structs.
#include <stdio.h>

struct shape;
struct ops {
	double (*area)(struct shape);
	struct shape (*scale)(struct shape, double);
	struct shape (*twice)(const struct shape *, struct shape (*)(struct shape, double));
};
struct shape {
	const struct ops *ops;
	int kind;
	double p[6];
};

static double
area_rect(struct shape s)
{
	return s.p[0] * s.p[1];
}

static double
area_tri(struct shape s)
{
	double *p = s.p;

	return ((p[2] - p[0]) * (p[5] - p[1]) - (p[4] - p[0]) * (p[3] - p[1])) / 2;
}

static struct shape
scale(struct shape s, double k)
{
	for (double *p = s.p; p < s.p + 6; p++)
		*p *= k;
	return s;
}

static struct shape
twice(const struct shape *s, struct shape (*f)(struct shape, double))
{
	return f(f(*s, 1.25), 0.5);
}

static const struct ops rect = { area_rect, scale, twice }, tri = { area_tri, scale, twice };

__attribute__((noinline)) static double
nest(struct shape s, struct shape t, int depth)
{
	double a = s.ops->area(s) + t.ops->area(t);

	if (depth > 0) {
		struct shape u = t.ops->scale(s, depth % 2 ? 1.125 : 0.875), v = s.ops->twice(&t, s.ops->scale);
		if (depth % 3 == 0)
			v = v.ops->scale(v, 1.5);
		a += nest(v, u, depth - 1) * 0.5;
	}
	return a + s.p[5] + t.p[0];
}

int
main(void)
{
	struct shape r = { &rect, 0, { 3, 4, 0, 0, 0, 1 } }, t = { &tri, 1, { 0, 0, 4, 0, 0, 3 } };

	for (int d = 0; d < 1000; d = d * 3 + 1)
		printf("%d %.12g\n", d, nest(r, t, d));
	return 0;
}
