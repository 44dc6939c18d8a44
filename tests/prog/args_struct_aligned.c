// SPDX-License-Identifier: MIT
// Shows that structs aligned to 32 and 64 bytes go by value, by result and by pointer, and keep
// their alignment at every depth.
#include <stdint.h>
#include <stdio.h>

struct a32 { _Alignas(32) int v[8]; };
struct a64 { _Alignas(64) long v[3]; char tail; };
struct in { char c; struct a32 a; };

__attribute__((noinline)) static int
off(const void *p, uintptr_t align)
{
	return ((uintptr_t)p & (align - 1)) != 0;
}

__attribute__((noinline)) static struct a32
f32(int depth, struct a32 a, char c, struct a64 b, double d, struct in n)
{
	struct a32 r = a;
	struct a64 mine = b;

	if (off(&a, 32) || off(&b, 64) || off(&r, 32) || off(&mine, 64) || off(&n.a, 32))
		printf("depth %d: not aligned\n", depth);
	r.v[depth % 8] += c + (int)d;
	mine.v[depth % 3] += n.c;
	n.a.v[7 - depth % 8] ^= depth;
	if (depth > 0) {
		r = f32(depth - 1, r, (char)(c + 1), mine, d + 1, n);
		r.v[1] = (int)(((unsigned)r.v[1] * 3 + (unsigned)mine.v[1] + (unsigned)n.a.v[2] + (unsigned)b.v[0]) % 100003);
	}
	return r;
}

__attribute__((noinline)) static struct a64
f64(struct a64 b, int depth)
{
	struct a64 x = depth ? f64(b, depth - 1) : b;

	if (off(&x, 64) || off(&b, 64))
		printf("depth %d: not aligned\n", depth);
	x.v[depth % 3] += b.tail;
	return x;
}

int
main(void)
{
	struct a32 a = { { 1, 2, 3, 4, 5, 6, 7, 8 } };
	struct a64 b = { { 10, 20, 30 }, 4 };
	struct in n = { 2, a };

	for (int d = 0; d < 400; d = d * 2 + 1) {
		struct a32 r = f32(d, a, 1, b, 2.5, n);
		struct a64 s = f64(b, d);
		for (int i = 0; i < 8; i++)
			printf("%d ", r.v[i]);
		printf("%ld %ld %ld %d\n", s.v[0], s.v[1], s.v[2], s.tail);
	}
	return 0;
}
