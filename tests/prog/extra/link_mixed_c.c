// SPDX-License-Identifier: MIT
// clang side of link_mixed.c.
extern long (*const table[5])(int, long *, int);
long
from_clang(int n, long *acc, int who)
{
	long mine[4] = { n, who, *acc, 1 };
	*acc += 2;
	if (n == 0)
		return mine[2] % 1000;
	return table[(who * 2 + n) % 5](n - 1, &mine[2], who + 1) + mine[2] % 1009 + mine[0] - mine[1];
}
