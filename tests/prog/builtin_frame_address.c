// SPDX-License-Identifier: MIT
// Shows that __builtin_frame_address and __builtin_return_address of the own frame are non-null,
// and the return address is stable across calls.
#include <stdio.h>

__attribute__((noinline)) static unsigned
level(unsigned depth)
{
	void *volatile ra = __builtin_return_address(0);
	unsigned r, bad;
	int x = (int)depth, *volatile px = &x;

	bad = __builtin_frame_address(0) == NULL || ra == NULL || __builtin_extract_return_addr(ra) == NULL;
	r = depth > 0 ? level(depth - 1) : 1;
	*px += 2;
	if (ra != __builtin_return_address(0) || __builtin_frame_address(0) == NULL)
		bad++;
	if (bad)
		printf("depth %u: %u\n", depth, bad);
	return r * 3 + (unsigned)x;
}

int
main(void)
{
	for (unsigned d = 0; d < 2000; d = d * 3 + 1)
		printf("%u\n", level(d));
	return 0;
}
