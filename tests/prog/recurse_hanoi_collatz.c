// SPDX-License-Identifier: MIT
// Shows that Hanoi with pegs as locals of main, Collatz and gcd work by recursion, with results
// returned through pointers.
#include <stdio.h>

struct peg {
	int n;
	unsigned char disc[16];
};

__attribute__((noinline)) static void
move(struct peg *from, struct peg *to)
{
	unsigned char d = from->disc[--from->n];

	if (to->n && to->disc[to->n - 1] < d)
		puts("a big disc on a small one");
	to->disc[to->n++] = d;
}

__attribute__((noinline)) static void
hanoi(int n, struct peg *a, struct peg *b, struct peg *c, unsigned *moves)
{
	if (n == 0)
		return;
	hanoi(n - 1, a, c, b, moves);
	move(a, b);
	++*moves;
	hanoi(n - 1, c, b, a, moves);
}

__attribute__((noinline)) static void
collatz(unsigned long n, unsigned *steps, unsigned long *top)
{
	unsigned s = 0;
	unsigned long t = n;

	if (n != 1)
		collatz(n & 1 ? 3 * n + 1 : n / 2, &s, &t), s++;
	*steps = s;
	*top = t > n ? t : n;
}

__attribute__((noinline)) static long
egcd(long a, long b, long *x, long *y)
{
	long x1, y1, g;

	if (a == 0) {
		*x = 0;
		*y = 1;
		return b;
	}
	g = egcd(b % a, a, &x1, &y1);
	*x = y1 - b / a * x1;
	*y = x1;
	return g;
}

int
main(void)
{
	struct peg p[3] = { { 0 } };
	unsigned moves = 0, steps;
	unsigned long top;
	long x, y, g;

	for (int d = 12; d > 0; d--)
		p[0].disc[p[0].n++] = (unsigned char)d;
	hanoi(12, &p[0], &p[1], &p[2], &moves);
	printf("%u moves, %d %d %d discs, top %d\n", moves, p[0].n, p[1].n, p[2].n, p[1].disc[11]);
	for (unsigned long n = 27; n < 9000; n = n * 3 + 1) {
		collatz(n, &steps, &top);
		printf("%lu: %u steps, top %lu\n", n, steps, top);
	}
	g = egcd(1134903170, 701408733, &x, &y);
	printf("%ld %ld %ld\n", g, x, y);
	g = egcd(240, 46, &x, &y);
	printf("%ld %ld %ld\n", g, x, y);
	return 0;
}
