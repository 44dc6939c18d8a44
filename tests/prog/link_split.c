// SPDX-License-Identifier: MIT
// Shows that recursion in a gcc -fsplit-stack object, with stack arguments and variable frame
// sizes, comes back right.
// extra: link_split_s.c=gcc-split
#include <stdio.h>

struct s { long v[6]; };
long split_rec(int n, struct s by_value, int a, int b, int c, int d, int e, int f, int g, double x);
long split_call(long (*fn)(int, const struct s *), int n, const struct s *p);

static long
cb(int n, const struct s *p)
{
	struct s mine = *p;
	mine.v[n % 6] += n;
	if (n > 0)
		return n & 1 ? split_call(cb, n - 1, &mine) + 1 : cb(n - 1, &mine) + 2;
	return mine.v[0] + mine.v[1] + mine.v[2] + mine.v[3] + mine.v[4] + mine.v[5];
}

int
main(void)
{
	struct s s = { { 1, 2, 3, 4, 5, 6 } };
	for (int n = 0; n < 500; n += 70) {
		long a = split_rec(n, s, 1, 2, 3, 4, 5, 6, 7, 0.5);
		long b = split_call(cb, n, &s);
		printf("%d %ld %ld\n", n, a, b);
	}
	return (int)s.v[0] - 1;
}
