// SPDX-License-Identifier: MIT
// Shows that each frame changes a local of its parent and of its grandparent by pointer, and each
// sees the change after the call.
#include <stdio.h>

__attribute__((noinline)) static unsigned long
child(unsigned long *parent, unsigned long *grand, int depth)
{
	unsigned long mine = (unsigned long)depth * 1000003, keep = mine;
	unsigned long r = 0;

	*parent += (unsigned long)depth;
	*grand ^= (unsigned long)depth << 32;
	if (depth > 0) {
		r = child(&mine, parent, depth - 1);
		if (depth > 1)
			keep ^= (unsigned long)(depth - 2) << 32;
		if ((mine & 0xffffffff) != ((keep + (unsigned long)depth - 1) & 0xffffffff))
			printf("depth %d: %lx\n", depth, mine);
	}
	return r * 33 + mine;
}

int
main(void)
{
	unsigned long a = 7, b = 9;

	for (int i = 0; i < 5; i++) {
		unsigned long r = child(&a, &b, 400 * i + 3);
		printf("%lu %lu %lu\n", r, a, b);
	}
	return 0;
}
