// SPDX-License-Identifier: MIT
// Shows that gcc, clang, gcc -fsplit-stack and thrumcc objects call one another in all directions
// with recursion and pointers to locals.
// extra: link_mixed_g.c=gcc
// extra: link_mixed_c.c=clang
// extra: link_mixed_s.c=gcc-split
// extra: link_mixed_t.c=thrumcc
#include <stdio.h>

long from_gcc(int n, long *acc, int who);
long from_clang(int n, long *acc, int who);
long from_split(int n, long *acc, int who);
long from_thrum(int n, long *acc, int who);
long from_main(int n, long *acc, int who);
long (*const table[5])(int, long *, int) = { from_gcc, from_clang, from_split, from_thrum, from_main };

long
from_main(int n, long *acc, int who)
{
	long mine[6] = { n, who, *acc, 3, 4, 5 };
	*acc += 5;
	if (n == 0)
		return mine[2] % 1000;
	long r = table[(who + n) % 5](n - 1, &mine[2], who + 1);
	return r + mine[2] % 1009 + mine[0] - mine[1];
}

int
main(void)
{
	long total = 0;
	for (int w = 0; w < 5; w++)
		for (int n = 1; n <= 400; n *= 7) {
			long acc = w;
			long r = table[w](n, &acc, w * 2);
			printf("%d %d: %ld %ld\n", w, n, r, acc);
			total += r;
		}
	printf("%ld\n", total);
	return 0;
}
