// SPDX-License-Identifier: MIT
// Shows that large structs returned by hidden pointer, nested calls as arguments, results assigned
// over their own argument.
#include <stdio.h>

struct mat { double v[8][8]; };
struct page { unsigned w[1024]; };

__attribute__((noinline)) static struct mat
mul(struct mat a, struct mat b)
{
	struct mat r;

	for (int i = 0; i < 8; i++)
		for (int j = 0; j < 8; j++) {
			double s = 0;
			for (int k = 0; k < 8; k++)
				s += a.v[i][k] * b.v[k][j];
			r.v[i][j] = s - (double)(long)(s / 1009) * 1009;
		}
	return r;
}

__attribute__((noinline)) static struct mat
power(struct mat m, unsigned n)
{
	if (n == 0) {
		struct mat one = { { { 0 } } };
		for (int i = 0; i < 8; i++)
			one.v[i][i] = 1;
		return one;
	}
	if (n & 1)
		return mul(m, power(m, n - 1));
	m = power(m, n / 2);
	return mul(m, m);
}

__attribute__((noinline)) static struct page
mix(struct page a, const struct page *b, int depth)
{
	struct page c = a;

	for (int i = 0; i < 1024; i++)
		c.w[i] = a.w[i] * 5 + b->w[1023 - i];
	if (depth > 0) {
		c = mix(c, &a, depth - 1);
		a = mix(mix(a, &c, 0), &c, 0);
		for (int i = 0; i < 1024; i += 3)
			c.w[i] ^= a.w[i];
	}
	return c;
}

int
main(void)
{
	struct mat m, r;
	struct page p;
	unsigned h = 0;

	for (int i = 0; i < 8; i++)
		for (int j = 0; j < 8; j++)
			m.v[i][j] = (i * 3 + j * 5) % 7;
	r = power(m, 1000);
	for (int i = 0; i < 8; i++)
		printf("%.0f %.0f\n", r.v[i][i], m.v[i][i]);
	for (int i = 0; i < 1024; i++)
		p.w[i] = (unsigned)i * 2654435761u;
	p = mix(p, &p, 25);
	for (int i = 0; i < 1024; i++)
		h = h * 31 + p.w[i];
	printf("%08x %08x\n", h, mix(p, &p, 3).w[777]);
	return 0;
}
