// SPDX-License-Identifier: MIT
// gcc -fsplit-stack side of link_split.c.
struct s { long v[6]; };

__attribute__((noinline)) long
split_rec(int n, struct s by_value, int a, int b, int c, int d, int e, int f, int g, double x)
{
	volatile char pad[700];
	pad[n % 700] = (char)a;
	by_value.v[n % 6] += g;
	if (n == 0)
		return by_value.v[0] + by_value.v[5] + a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + (long)(x * 8);
	return split_rec(n - 1, by_value, b, c, d, e, f, g, a, x + 0.25) + pad[n % 700];
}

long
split_call(long (*fn)(int, const struct s *), int n, const struct s *p)
{
	struct s copy = *p;
	long r = fn(n, &copy);
	return r + copy.v[n % 6] - p->v[n % 6];
}
