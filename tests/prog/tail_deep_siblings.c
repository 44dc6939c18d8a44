// SPDX-License-Identifier: MIT
// Shows that ten thousand sibling calls with no address taken work, which -O1 and up make a loop.
// -O0 is left out for its depth.
// levels: O1 O2 O3
#include <stdio.h>

static unsigned pong(unsigned n, unsigned a, unsigned b);

__attribute__((noinline)) static unsigned
ping(unsigned n, unsigned a, unsigned b)
{
	if (n == 0)
		return a;
	return pong(n - 1, b, a * 3 + n);
}

__attribute__((noinline)) static unsigned
pong(unsigned n, unsigned a, unsigned b)
{
	if (n == 0)
		return b;
	return ping(n - 1, a ^ b >> 3, b + 1);
}

int
main(void)
{
	for (unsigned n = 1; n < 100000; n *= 10)
		printf("%u %u\n", n, ping(n, 1, 2));
	return 0;
}
