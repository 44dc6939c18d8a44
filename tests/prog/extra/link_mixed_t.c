// SPDX-License-Identifier: MIT
// thrumcc side of link_mixed.c.
extern long (*const table[5])(int, long *, int);
long
from_thrum(int n, long *acc, int who)
{
	long mine[20] = { n, who, *acc, 1 };
	*acc += 4;
	if (n == 0)
		return mine[2] % 1000;
	return table[(who + n * 3) % 5](n - 1, &mine[2], who + 1) + mine[2] % 1009 + mine[0] - mine[1];
}
