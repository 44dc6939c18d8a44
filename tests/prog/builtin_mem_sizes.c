// SPDX-License-Identifier: MIT
// Shows that memcpy, memmove, memset, memcmp and struct assignment work on locals of every size
// from 1 to 300, constant and variable.
#include <stdio.h>
#include <string.h>

static unsigned
hash(const void *p, size_t n)
{
	unsigned h = 2166136261u;

	for (const unsigned char *c = p; n--; c++)
		h = (h ^ *c) * 16777619u;
	return h;
}

static unsigned total;

#define ONE(N)                                                                      \
	{                                                                           \
		struct { unsigned char b[N]; } a, b, c;                           \
		unsigned char guard[2] = { 0xa5, 0x5a };                            \
		memset(&a, (N) & 0xff, sizeof a);                                   \
		a.b[(N) / 2] = 1;                                                   \
		memcpy(&b, &a, sizeof b);                                           \
		b.b[0] ^= 3;                                                        \
		c = b;                                                              \
		if ((N) > 1)                                                        \
			memmove(c.b + 1, c.b, (N) - 1);                             \
		memset(b.b + (N) / 3, 0x77, (N) - (N) / 3);                         \
		total = total * 31 + hash(&a, N) + hash(&b, N) * 3 + hash(&c, N) * 5; \
		if (guard[0] != 0xa5 || guard[1] != 0x5a)                           \
			printf("%d: guard\n", N);                                 \
	}
#define TEN(N) ONE(N) ONE((N) + 1) ONE((N) + 2) ONE((N) + 3) ONE((N) + 4) ONE((N) + 5) ONE((N) + 6) ONE((N) + 7) ONE((N) + 8) ONE((N) + 9)
#define HUNDRED(F, N) __attribute__((noinline)) static void F(void) { TEN((N)) TEN((N + 10)) TEN((N + 20)) TEN((N + 30)) \
	TEN((N + 40)) TEN((N + 50)) TEN((N + 60)) TEN((N + 70)) TEN((N + 80)) TEN((N + 90)) }

HUNDRED(h1, 1)
HUNDRED(h2, 101)
HUNDRED(h3, 201)

__attribute__((noinline)) static unsigned
variable(size_t n)
{
	unsigned char a[300], b[300];
	unsigned h;

	memset(a, 9, sizeof a);
	memset(b, 8, n);
	memcpy(a + 300 - n, b, n);
	memmove(a, a + 300 - n, n);
	memmove(a + n / 2, a, n - n / 2);
	h = hash(a, 300);
	if (memcmp(a, b, n / 2 < n ? n / 2 : 1) != 0)
		printf("%zu differs\n", n);
	return n > 1 ? h + variable(n - 1) : h;
}

int
main(void)
{
	h1();
	printf("%u\n", total);
	h2();
	printf("%u\n", total);
	h3();
	printf("%u\n", total);
	printf("%u\n", variable(300));
	return 0;
}
