// SPDX-License-Identifier: MIT
// Shows that calls with more integers and doubles than registers, mixed with structs on the stack,
// recurse through a function pointer.
#include <stdio.h>

struct p2 { long a, b; };
struct p3 { long a, b, c; };
struct m { int i; double d; };

typedef unsigned long fn(int, double, long, float, struct p2, char, short, struct p3, unsigned char, double, double,
    double, struct m, double, double, double, double, double, float, long long, int, struct p2, struct m, int *);

static unsigned long all(int, double, long, float, struct p2, char, short, struct p3, unsigned char, double, double,
    double, struct m, double, double, double, double, double, float, long long, int, struct p2, struct m, int *);
static fn *volatile ptr = all;

__attribute__((noinline)) static unsigned long
all(int depth, double d0, long l, float f, struct p2 p, char c, short s, struct p3 q, unsigned char u, double d1,
    double d2, double d3, struct m m, double d4, double d5, double d6, double d7, double d8, float g, long long ll,
    int i, struct p2 p9, struct m m9, int *count)
{
	struct p3 *pq = &q;
	unsigned long h = 0, r = 0;
	int mine = depth;

	if (depth > 0)
		r = ptr(depth - 1, d0 + 1, l + 1, f + 1, (struct p2){ p.b, p.a + 1 }, (char)(c ^ 1), (short)(s + 2),
		    (struct p3){ q.c, q.a, q.b + depth }, (unsigned char)(u + 3), d8, d1, d2, (struct m){ m.i + 1, m.d * 0.5 },
		    d3, d4, d5, d6, d7, g - 1, ll * 3 % 1000003, i + 5, (struct p2){ q.b, p9.a }, m, &mine);
	if (depth > 0 && mine != depth + (depth - 1) % 3)
		printf("depth %d: mine %d\n", depth, mine);
	*count += depth % 3;
	h = (unsigned long)(l + p.a * 3 + p.b * 5 + c * 7 + s * 11 + pq->a * 13 + pq->b * 17 + pq->c * 19 + u * 23 + m.i * 29 + i * 31
	    + ll * 37 + p9.a * 41 + p9.b * 43 + m9.i * 47);
	h += (unsigned long)(long)((d0 + f * 2 + d1 * 3 + d2 * 4 + d3 * 5 + d4 * 6 + d5 * 7 + d6 * 8 + d7 * 9 + d8 * 10 + g * 11) * 64);
	return (r * 31 + h) % 1000000007;
}

int
main(void)
{
	int n = 0;

	for (int d = 0; d <= 600; d = d * 4 + 3) {
		unsigned long r = ptr(d, 1, 2, 3, (struct p2){ 4, 5 }, 6, 7, (struct p3){ 8, 9, 10 }, 11, 12, 13, 14,
		    (struct m){ 15, 16 }, 17, 18, 19, 20, 21, 22, 23, 24, (struct p2){ 25, 26 }, (struct m){ 27, 28 }, &n);
		printf("%d %lu %d\n", d, r, n);
	}
	return 0;
}
