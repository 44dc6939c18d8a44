// SPDX-License-Identifier: MIT
// Shows that Duff's device, case ranges, switch into loops and a coroutine by switch work, all on
// locals reached through pointers.
#include <stdio.h>

__attribute__((noinline)) static void
duff(short *to, const short *from, int count)
{
	int n = (count + 7) / 8;

	switch (count % 8) {
	case 0: do { *to++ = *from++; __attribute__((fallthrough));
	case 7: *to++ = *from++; __attribute__((fallthrough));
	case 6: *to++ = *from++; __attribute__((fallthrough));
	case 5: *to++ = *from++; __attribute__((fallthrough));
	case 4: *to++ = *from++; __attribute__((fallthrough));
	case 3: *to++ = *from++; __attribute__((fallthrough));
	case 2: *to++ = *from++; __attribute__((fallthrough));
	case 1: *to++ = *from++;
		} while (--n > 0);
	}
}

struct gen { int line, i, j; };

__attribute__((noinline)) static int
next(struct gen *g, int *out)
{
	switch (g->line) {
	case 0:
		for (g->i = 0; g->i < 5; g->i++)
			for (g->j = 0; g->j < g->i; g->j++) {
				g->line = 1;
				*out = g->i * 10 + g->j;
				return 1;
	case 1:;
			}
		g->line = 2;
	}
	return 0;
}

__attribute__((noinline)) static unsigned
level(int depth)
{
	short a[50], b[50] = { 0 };
	struct gen g = { 0, 0, 0 };
	unsigned h = 0, r = 0;
	int v;

	for (int i = 0; i < 50; i++)
		a[i] = (short)(i * depth);
	duff(b, a, depth % 49 + 1);
	for (int k = 0; next(&g, &v); k++) {
		switch (v) {
		case 0 ... 19: h = h * 31 + 1; break;
		case 20 ... 29: h = h * 31 + (unsigned)v; break;
		default: h ^= (unsigned)v;
		}
		if (k == 4 && depth > 0)
			r = level(depth - 1);
	}
	for (int i = 0; i < 50; i++)
		if (b[i] != (i <= depth % 49 ? a[i] : 0))
			printf("depth %d: [%d]\n", depth, i);
	return r * 7 + h + (unsigned)b[depth % 49];
}

int
main(void)
{
	for (int d = 0; d < 700; d = d * 2 + 1)
		printf("%u\n", level(d));
	return 0;
}
