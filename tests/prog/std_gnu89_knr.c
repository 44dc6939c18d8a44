// SPDX-License-Identifier: MIT
// Shows that K&R definitions, implicit promotions and unprototyped calls through pointers work with
// -std=gnu89.
// cflags: -std=gnu89 -Wno-deprecated-non-prototype -Wno-strict-prototypes
#include <stdio.h>

struct pt { int x; double y; };

static long add();
static double mix();
static struct pt move();

__attribute__((noinline)) static long
level(depth, up, c, s)
	int depth;
	long *up;
	char c;
	short s;
{
	long mine, r;
	struct pt p;

	mine = depth + c + s;
	r = 0;
	p.x = depth;
	p.y = depth / 2.0;
	*up += c;
	if (depth > 0)
		r = level(depth - 1, &mine, (char)(c % 20 + 1), (short)(s + 2));
	p = move(p, &mine);
	return (r * 3 + mine + p.x + (long)mix(1.5f, depth, p, 'c', 2.5, 3, 4, 5, 6, 7L, 8.5) + add(&mine, &r)) % 100003;
}

__attribute__((noinline)) static long
add(a, b)
	long *a, *b;
{
	return *a + *b % 7;
}

__attribute__((noinline)) static double
mix(f, i, p, c, d, j, k, l, m, n, e)
	float f;
	int i, j, k, l, m;
	struct pt p;
	char c;
	double d, e;
	long n;
{
	float *pf = &f;

	return *pf + i + p.x + p.y + c + d + j + k + l + m + (double)n + e;
}

__attribute__((noinline)) static struct pt
move(p, by)
	struct pt p;
	long *by;
{
	p.x += (int)(*by)++ % 5;
	return p;
}

int
main()
{
	long top = 1;
	int d;

	for (d = 0; d < 1500; d = d * 3 + 1) {
		long r = level(d, &top, 'a', 7);
		printf("%ld %ld\n", r, top);
	}
	return 0;
}
