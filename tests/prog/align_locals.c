// SPDX-License-Identifier: MIT
// Shows that locals aligned to 16, 32, 64, 128 and 4096 bytes are so at every depth, whatever the
// frames above look like.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define OFF(p, a) (((uintptr_t)(p) & ((a) - 1)) != 0)

__attribute__((noinline)) static void
touch(void *p, size_t n, int c)
{
	memset(p, c, n);
}

static unsigned level(int depth, char odd);

__attribute__((noinline)) static unsigned
page(int depth)
{
	_Alignas(4096) unsigned char p[100];
	char small;

	touch(p, sizeof p, depth);
	touch(&small, 1, 5);
	unsigned r = depth > 0 ? level(depth - 1, small) : 1;
	if (OFF(p, 4096) || p[99] != (unsigned char)depth || small != 5)
		printf("depth %d: page is wrong\n", depth);
	return r + p[50];
}

__attribute__((noinline)) static unsigned
level(int depth, char odd)
{
	char c = odd;
	_Alignas(64) char a64[3];
	short s;
	_Alignas(32) int a32[5];
	_Alignas(128) double a128;
	_Alignas(16) char a16[1];
	unsigned r;

	touch(&c, 1, depth);
	touch(a64, 3, 1);
	touch(&s, sizeof s, 2);
	touch(a32, sizeof a32, 3);
	touch(&a128, sizeof a128, 0);
	touch(a16, 1, 4);
	r = depth == 0 ? 7 : depth % 10 == 0 ? page(depth - 1) : level(depth - 1, (char)(odd + 1));
	if (OFF(a64, 64) || OFF(a32, 32) || OFF(&a128, 128) || OFF(a16, 16))
		printf("depth %d: not aligned\n", depth);
	if (c != (char)depth || a64[2] != 1 || s != 0x0202 || a32[4] != 0x03030303 || a128 != 0 || a16[0] != 4)
		printf("depth %d: changed\n", depth);
	return r * 3 + (unsigned char)c + (unsigned)s;
}

int
main(void)
{
	for (int d = 0; d < 500; d = d * 2 + 1)
		printf("%d %u\n", d, level(d, (char)d));
	return 0;
}
