// SPDX-License-Identifier: MIT
// Shows that alloca of 0, 1 and 7 bytes, VLAs of one element, and an alloca whose size comes from a
// callee, all in one recursion.
#include <alloca.h>
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) static size_t
size_for(int depth, int *calls)
{
	++*calls;
	return (size_t)(depth % 8);
}

__attribute__((noinline)) static unsigned
level(int depth, char *up, size_t un)
{
	int calls = 0;
	size_t n = size_for(depth, &calls);
	char *a = alloca(n), *b = alloca(1), *c = alloca(7), one[1 + (n == 9)];
	unsigned r = 0;

	memset(a, depth, n);
	*b = 'b';
	memcpy(c, "seven!", 7);
	one[0] = 'o';
	if (un > 0)
		up[un - 1] ^= 1;
	if (depth > 0)
		r = level(depth - 1, a, n);
	for (size_t i = 0; i < n; i++)
		if (a[i] != (char)(depth ^ (i == n - 1 && depth > 0)))
			printf("depth %d: [%zu] = %d\n", depth, i, a[i]);
	if (*b != 'b' || strcmp(c, "seven!") || one[0] != 'o' || calls != 1)
		printf("depth %d: changed\n", depth);
	return r * 3 + (unsigned)n + (unsigned char)c[depth % 6];
}

int
main(void)
{
	for (int d = 0; d < 1500; d = d * 3 + 1)
		printf("%u\n", level(d, NULL, 0));
	return 0;
}
