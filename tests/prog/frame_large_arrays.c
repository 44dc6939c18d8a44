// SPDX-License-Identifier: MIT
// Shows that local arrays of 100 KB, 1 MB and 3 MB, one above the other and in recursion, keep
// their bytes.
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) static unsigned
check(const unsigned char *p, size_t n, unsigned seed)
{
	unsigned bad = 0;

	for (size_t i = 0; i < n; i += 509)
		bad += p[i] != (unsigned char)(i * 7 + seed);
	return bad + (p[n - 1] != (unsigned char)((n - 1) * 7 + seed));
}

__attribute__((noinline)) static void
fill(unsigned char *p, size_t n, unsigned seed)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)(i * 7 + seed);
}

__attribute__((noinline)) static unsigned
kb100(int n)
{
	unsigned char a[100 * 1024];
	unsigned bad = 0;

	fill(a, sizeof a, (unsigned)n);
	if (n > 0)
		bad = kb100(n - 1);
	return bad + check(a, sizeof a, (unsigned)n);
}

__attribute__((noinline)) static unsigned
mb1(int n)
{
	unsigned char a[1 << 20];
	unsigned bad;

	fill(a, sizeof a, (unsigned)n);
	bad = n > 0 ? mb1(n - 1) : kb100(5);
	return bad + check(a, sizeof a, (unsigned)n);
}

__attribute__((noinline)) static unsigned
mb3(void)
{
	unsigned char a[3 << 20];
	unsigned bad;

	fill(a, sizeof a, 3);
	bad = mb1(1);
	return bad + check(a, sizeof a, 3);
}

// An array used only by direct stores and loads at constant places still makes a big frame.
__attribute__((noinline)) static unsigned
direct(unsigned x)
{
	volatile unsigned a[30000];

	a[0] = x;
	a[15000] = x + 1;
	a[29999] = x + 2;
	unsigned r = x > 0 ? direct(x - 1) : 5;
	return r * 3 + a[0] + a[15000] * 2 + a[29999];
}

int
main(void)
{
	printf("%u\n", kb100(20));
	printf("%u\n", mb3());
	printf("%u\n", direct(20));
	for (int i = 0; i < 3; i++)
		printf("%u\n", mb3());
	return 0;
}
