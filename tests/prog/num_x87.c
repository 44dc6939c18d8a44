// SPDX-License-Identifier: MIT
// Shows that x87 values of full 64-bit precision are live across calls, and the control word set in
// a frame holds in its callees.
#include <math.h>
#include <stdio.h>

static unsigned short
getcw(void)
{
	unsigned short cw;

	__asm__ volatile("fnstcw %0" : "=m"(cw));
	return cw;
}

static void
setcw(unsigned short cw)
{
	__asm__ volatile("fldcw %0" : : "m"(cw));
}

__attribute__((noinline)) static long double
series(long double x, int n, long double *least)
{
	long double t = 1.0L / (x * n + 1), u = t * t, r;

	if (t < *least)
		*least = t;
	r = n > 0 ? series(x, n - 1, least) : 0;
	return r + t - u;
}

__attribute__((noinline)) static int
single(int depth)
{
	unsigned short mine = (unsigned short)((getcw() & ~0x0300) | (depth % 2 ? 0x0300 : 0x0200)), old = getcw();
	int bad = 0;
	volatile long double one = 1, tiny = 0x1p-60L, sum;

	setcw(mine);
	if (depth > 0)
		bad = single(depth - 1);
	sum = one + tiny;
	if (getcw() != mine || (sum != one) != (depth % 2))
		bad++;
	setcw(old);
	return bad;
}

int
main(void)
{
	long double least = 10;

	for (int n = 1; n < 1500; n *= 3) {
		long double r = series(0.7L, n, &least);
		printf("%.18Lg %.18Lg\n", r, least);
	}
	printf("%d %x\n", single(200), getcw());
	printf("%.18Lg %.18Lg\n", sqrtl(2), fmodl(1e18L + 1, 7));
	return 0;
}
