// SPDX-License-Identifier: MIT
// Shows that frames of 16 bytes to 64 KB, in an order that makes each growth meet another size,
// volatile locals checked on the way back.
#include <stdio.h>

static unsigned next(unsigned depth, unsigned seed);

#define FRAME(N)                                                                   \
	__attribute__((noinline)) static unsigned f##N(unsigned depth, unsigned s) \
	{                                                                          \
		volatile unsigned a[N / 4];                                        \
		for (unsigned i = 0; i < N / 4; i += N / 64 + 1)                   \
			a[i] = s + i;                                              \
		unsigned r = next(depth, s);                                       \
		for (unsigned i = 0; i < N / 4; i += N / 64 + 1)                   \
			if (a[i] != s + i)                                         \
				printf("%d: [%u] is %u\n", N, i, a[i]);            \
		return r * 3 + a[0];                                               \
	}

FRAME(16) FRAME(64) FRAME(200) FRAME(256) FRAME(264) FRAME(500) FRAME(1000) FRAME(1900) FRAME(2040) FRAME(2048)
FRAME(2056) FRAME(4000) FRAME(4096) FRAME(8192) FRAME(16384) FRAME(65536)

static unsigned (*const all[])(unsigned, unsigned) = { f16, f64, f200, f256, f264, f500, f1000, f1900, f2040, f2048, f2056,
	f4000, f4096, f8192, f16384, f65536 };

__attribute__((noinline)) static unsigned
next(unsigned depth, unsigned seed)
{
	seed = seed * 1664525u + 1013904223u;
	if (depth == 0)
		return seed;
	unsigned which = (seed >> 16) % 16;
	if (which > 12 && depth % 4)
		which -= 12;
	return all[which](depth - 1, seed);
}

int
main(void)
{
	for (unsigned d = 1; d < 300; d = d * 2 + 1)
		for (unsigned s = 0; s < 4; s++)
			printf("%u ", next(d, s));
	puts("");
	for (int i = 0; i < 16; i++)
		printf("%u ", all[i](0, 7));
	puts("");
	return 0;
}
