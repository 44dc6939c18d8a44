// SPDX-License-Identifier: MIT
// Shows that designated and range initialisers of big locals work, with nested overrides, and
// bit-fields changed through struct pointers.
// cflags: -Wno-initializer-overrides
#include <stdio.h>
#include <string.h>

struct flags { unsigned a : 1, b : 5, : 2, c : 24; int s : 9; unsigned long w : 50; _Bool t : 1; };
struct table { int v[20]; struct { short x, y; } p[4]; const char *name; struct flags f; };

__attribute__((noinline)) static void
twist(struct flags *f, int n)
{
	f->a ^= 1;
	f->b += (unsigned)n & 31;
	f->c = f->c * 3 + (unsigned)n;
	f->s = (f->s + n) % 200;
	f->w ^= (unsigned long)n << 33;
	f->t = !f->t;
}

__attribute__((noinline)) static unsigned
level(int n, const struct table *up)
{
	struct table t = { .v = { [2 ... 5] = n, [10] = 1, [4] = 44, 55 }, .p[1] = { .y = 3 }, .p[2].x = (short)n, .name = "local",
		.f = { .a = 1, .s = -3, .c = up->f.c } };
	struct flags fs[3] = { [0 ... 2] = { .b = 7, .w = up->f.w }, [1].b = 9 };
	unsigned r = 0;

	for (int i = 0; i < 3; i++)
		twist(&fs[i], n + i);
	twist(&t.f, n);
	if (n > 0)
		r = level(n - 1, &t);
	for (int i = 0; i < 20; i++)
		r = r * 31 + (unsigned)t.v[i];
	r += (unsigned)(t.p[1].y + t.p[2].x + t.p[3].y) + t.f.a + t.f.b + t.f.c + (unsigned)t.f.s + (unsigned)(t.f.w >> 33) + t.f.t;
	for (int i = 0; i < 3; i++)
		r = r * 7 + fs[i].a + fs[i].b + fs[i].c + (unsigned)fs[i].s + (unsigned)(fs[i].w >> 20) + fs[i].t;
	return r + (unsigned)strlen(t.name);
}

int
main(void)
{
	struct table top = { .name = "top" };

	for (int d = 0; d < 900; d = d * 2 + 1)
		printf("%u\n", level(d, &top));
	return 0;
}
