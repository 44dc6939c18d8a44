// SPDX-License-Identifier: MIT
// Shows that __int128 works: arguments in registers and on the stack, results, division helpers and
// pointers to 128-bit locals.
#include <stdio.h>

typedef unsigned __int128 u128;
typedef __int128 i128;

static void
show(u128 v)
{
	printf("%016llx%016llx\n", (unsigned long long)(v >> 64), (unsigned long long)v);
}

__attribute__((noinline)) static u128
f(int a, u128 b, u128 c, long d, u128 e, u128 g, int depth, u128 *prev)
{
	u128 mine = b * c + e / (g | 1) + (u128)(unsigned)a, r = 0;

	*prev ^= mine;
	if (depth > 0)
		r = f(a + 1, c + 1, g ^ b, d * 3 % 1009, b << 7 | e >> 3, mine, depth - 1, &mine);
	return r * 31 + mine + (u128)d;
}

__attribute__((noinline)) static i128
gcd(i128 a, i128 b, int *steps)
{
	i128 v[2] = { b, a % b };

	++*steps;
	return v[1] ? gcd(v[0], v[1], steps) : v[0];
}

int
main(void)
{
	u128 top = 1;
	int steps = 0;
	i128 a = 1, b = 1;

	for (int d = 0; d < 1500; d = d * 3 + 2)
		show(f(1, (u128)2 << 100, 3, 4, (u128)-5, 7, d, &top));
	show(top);
	for (int i = 0; i < 180; i++) {
		i128 t = a + b;
		a = b;
		b = t;
	}
	show((u128)gcd(b, a, &steps));
	printf("%d\n", steps);
	show((u128)(-b / 1000003));
	show((u128)(-b % 1000003));
	printf("%.6g\n", (double)b);
	return 0;
}
