// SPDX-License-Identifier: MIT
// Shows that over-aligned locals, VLAs, alloca and __builtin_alloca_with_align work together in one
// frame.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct line { _Alignas(64) unsigned v[16]; };

__attribute__((noinline)) static unsigned
level(int depth)
{
	struct line one;
	char odd[depth % 7 + 1];
	struct line many[depth % 4 + 1];
	char *a = __builtin_alloca_with_align((size_t)depth % 50 + 1, 256 * 8);
	unsigned r = 0;

	memset(&one, depth, sizeof one);
	memset(odd, 1, sizeof odd);
	memset(many, 2, sizeof many);
	memset(a, 3, (size_t)depth % 50 + 1);
	if (depth > 0)
		r = level(depth - 1);
	if ((uintptr_t)&one % 64 || (uintptr_t)many % 64 || (uintptr_t)a % 256)
		printf("depth %d: not aligned\n", depth);
	if (one.v[15] != 0x01010101u * (unsigned char)depth || odd[depth % 7] != 1 || many[depth % 4].v[3] != 0x02020202 || a[depth % 50] != 3)
		printf("depth %d: changed\n", depth);
	return r * 5 + one.v[0] + many[0].v[0];
}

int
main(void)
{
	for (int d = 0; d < 700; d = d * 2 + 1)
		printf("%d %u\n", d, level(d));
	return 0;
}
