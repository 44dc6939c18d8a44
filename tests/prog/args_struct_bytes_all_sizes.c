// SPDX-License-Identifier: MIT
// Shows that structs of 1 to 40, 63 to 65, 127 to 129, 1000 and 4096 bytes go by value to functions
// that recurse and come back as results.
#include <stdio.h>
#include <string.h>

static unsigned
hash(const unsigned char *p, size_t n)
{
	unsigned h = 2166136261u;

	while (n--)
		h = (h ^ *p++) * 16777619u;
	return h;
}

#define SIZE(N)                                                                                    \
	struct s##N {                                                                              \
		unsigned char b[N];                                                                \
	};                                                                                         \
	__attribute__((noinline)) static struct s##N pass##N(struct s##N a, int depth, unsigned *h) \
	{                                                                                          \
		struct s##N keep = a, r;                                                           \
		a.b[depth % N]++;                                                                  \
		if (depth > 0)                                                                     \
			r = pass##N(a, depth - 1, h);                                              \
		else                                                                               \
			r = a;                                                                     \
		keep.b[depth % N]++;                                                               \
		if (memcmp(&keep, &a, N))                                                          \
			printf("%d: argument of depth %d changed\n", N, depth);                    \
		*h = *h * 31 + hash(a.b, N);                                                       \
		r.b[depth % N] ^= 0x11;                                                            \
		return r;                                                                          \
	}                                                                                          \
	__attribute__((noinline)) static void test##N(void)                                        \
	{                                                                                          \
		struct s##N a, r;                                                                  \
		unsigned h = 0;                                                                    \
		for (int i = 0; i < N; i++)                                                        \
			a.b[i] = (unsigned char)(i * 7 + N);                                       \
		r = pass##N(a, 20, &h);                                                            \
		printf("%d %08x %08x %08x\n", N, h, hash(r.b, N), hash(a.b, N));                   \
	}

#define ALL(F)                                                                                     \
	F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11) F(12) F(13) F(14) F(15) F(16)     \
	F(17) F(18) F(19) F(20) F(21) F(22) F(23) F(24) F(25) F(26) F(27) F(28) F(29) F(30) F(31)  \
	F(32) F(33) F(34) F(35) F(36) F(37) F(38) F(39) F(40) F(63) F(64) F(65) F(127) F(128)      \
	F(129) F(1000) F(4096)

ALL(SIZE)
#define CALL(N) test##N();

int
main(void)
{
	ALL(CALL)
	return 0;
}
