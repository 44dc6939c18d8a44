// SPDX-License-Identifier: MIT
// Shows that nested scopes whose locals may share room keep them apart: none leaks into another,
// loops start fresh, and outer ones stay.
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) static unsigned
eat(unsigned char *p, size_t n, int c)
{
	unsigned h = 0;

	memset(p, c, n);
	for (size_t i = 0; i < n; i++)
		h = h * 31 + p[i];
	return h;
}

__attribute__((noinline)) static unsigned
level(int depth)
{
	unsigned char outer[40];
	unsigned h = eat(outer, sizeof outer, depth), r = 0;

	{
		unsigned char a[200];
		h += eat(a, sizeof a, 1);
		{
			unsigned char b[300];
			h += eat(b, sizeof b, 2);
			if (a[199] != 1)
				puts("a changed");
		}
		unsigned char c[100];
		h += eat(c, sizeof c, 3) + a[5];
	}
	{
		unsigned short d[150];
		h += eat((unsigned char *)d, sizeof d, 4);
		if (depth > 0)
			r = level(depth - 1);
		h += d[149];
	}
	for (int i = 0; i < 3; i++) {
		int fresh = 0, *p = &fresh;
		unsigned char e[64];
		*p += i;
		h += eat(e, sizeof e, fresh) + (unsigned)fresh;
		switch (i) {
			unsigned char f[32];
		case 0:
			h += eat(f, sizeof f, 6);
			break;
		default: {
			unsigned char g[96];
			h ^= eat(g, sizeof g, 7) + e[63];
		}
		}
	}
	if (outer[39] != (unsigned char)depth)
		printf("depth %d: outer changed\n", depth);
	return r * 3 + h;
}

int
main(void)
{
	for (int d = 0; d < 400; d = d * 2 + 1)
		printf("%u\n", level(d));
	return 0;
}
