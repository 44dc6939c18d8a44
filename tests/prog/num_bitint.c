// SPDX-License-Identifier: MIT
// Shows that _BitInt of 7 to 256 bits works as arguments, results and locals whose address is
// passed on.
// cflags: -std=c23
#include <stdio.h>
#include <string.h>

typedef unsigned _BitInt(7) u7;
typedef unsigned _BitInt(65) u65;
typedef unsigned _BitInt(200) u200;
typedef unsigned _BitInt(256) u256;

[[gnu::noinline]] static u65
f65(u7 a, u65 b, u65 *p, int depth)
{
	u65 mine = b * 3 + a;

	*p ^= mine;
	return depth ? f65((u7)(a + 1), mine, &mine, depth - 1) + mine : mine;
}

[[gnu::noinline]] static u256
f256(u256 a, const u200 *q, int n, u256 b, int depth)
{
	u256 mine = a * b + *q;
	u200 next = (u200)(mine >> 56) ^ (u200)(unsigned)n;

	if (depth)
		mine ^= f256(b, &next, n + 1, mine, depth - 1);
	return mine + next;
}

static void
show(u256 v)
{
	for (int i = 3; i >= 0; i--)
		printf("%016llx", (unsigned long long)(v >> (unsigned)(64 * i)));
	puts("");
}

int
main(void)
{
	u65 top = 1;
	u200 q = 12345;

	for (int d = 0; d < 500; d = d * 3 + 1) {
		u65 r = f65((u7)3, (u65)1 << 64, &top, d);
		printf("%d%016llx ", (int)(r >> 64), (unsigned long long)r);
		show(f256((u256)7 << 200, &q, d, 11, d));
	}
	show(top);
	return 0;
}
