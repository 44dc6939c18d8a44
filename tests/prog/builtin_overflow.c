// SPDX-License-Identifier: MIT
// Shows that the __builtin_*_overflow family writes results through pointers to locals, to parents'
// locals and to array elements.
#include <limits.h>
#include <stdio.h>

__attribute__((noinline)) static unsigned
level(int depth, long *up, int v[4])
{
	long mine;
	int w[4], k = 0;
	short s;
	unsigned char c;
	unsigned long u;
	__int128 q;
	unsigned carry = 0, r = 0;

	k += __builtin_add_overflow(v[0], depth << 16, &w[0]);
	k += __builtin_sub_overflow(v[1], depth << 17, &w[1]);
	k += __builtin_mul_overflow(v[2], depth, &w[2]);
	k += __builtin_sadd_overflow(v[3], INT_MAX / 2, &w[3]);
	k += __builtin_mul_overflow(*up, 3, &mine) << 4;
	k += __builtin_add_overflow(depth, 32000, &s) << 5;
	k += __builtin_sub_overflow(depth, 100, &c) << 6;
	k += __builtin_umull_overflow((unsigned long)mine, 0x100000001ul, &u) << 7;
	k += __builtin_mul_overflow((__int128)((unsigned __int128)mine << 60), (__int128)u, &q) << 8;
	u += __builtin_addc(~0u, (unsigned)depth, 1, &carry);
	if (depth > 0)
		r = level(depth - 1, &mine, w);
	return r * 31 + (unsigned)(w[0] ^ w[1] ^ w[2] ^ w[3]) + (unsigned)k + (unsigned)mine + (unsigned)s + c + (unsigned)u
	    + (unsigned)(q >> 64) + carry;
}

int
main(void)
{
	for (int d = 0; d < 1500; d = d * 3 + 1) {
		long top = 1;
		printf("%u\n", level(d, &top, (int[4]){ 1, 2, 3, 4 }));
	}
	return 0;
}
