// SPDX-License-Identifier: MIT
// gcc -fsplit-stack side of link_mixed.c.
extern long (*const table[5])(int, long *, int);
long
from_split(int n, long *acc, int who)
{
	long mine[40] = { n, who, *acc, 1 };
	*acc += 3;
	if (n == 0)
		return mine[2] % 1000;
	return table[(who * 4 + n) % 5](n - 1, &mine[2], who + 1) + mine[2] % 1009 + mine[0] - mine[1];
}
