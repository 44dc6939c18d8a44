// SPDX-License-Identifier: MIT
// Shows that volatile scalars, arrays, structs and pointers keep each store, with and without their
// address taken.
#include <stdio.h>

struct v { volatile int a; volatile char b[5]; const volatile double d; };

__attribute__((noinline)) static void
poke(volatile int *p, volatile struct v *s)
{
	*p = *p * 2 + 1;
	s->a ^= *p;
	s->b[3]++;
}

__attribute__((noinline)) static unsigned
level(int depth)
{
	volatile int direct = depth, taken = depth % 1000;
	volatile long arr[7];
	struct v s = { depth, "abcd", depth / 2.0 };
	volatile int *volatile pp = &taken;
	volatile unsigned char c = 1;
	unsigned r = 0;

	for (int i = 0; i < 7; i++)
		arr[i] = i * direct;
	poke(pp, &s);
	direct++;
	c <<= 3;
	if (depth > 0)
		r = level(depth - 1);
	for (volatile int i = 0; i < 7; i++)
		if (arr[i] != i * depth)
			printf("depth %d: [%d]\n", depth, i);
	if (direct != depth + 1 || *pp != depth % 1000 * 2 + 1 || s.a != (depth ^ *pp) || c != 8 || s.d != depth / 2.0 || s.b[3] != 'e')
		printf("depth %d changed\n", depth);
	return r * 3 + (unsigned)(direct + *pp + s.a + c);
}

int
main(void)
{
	for (int d = 0; d < 2000; d = d * 3 + 1)
		printf("%u\n", level(d));
	return 0;
}
