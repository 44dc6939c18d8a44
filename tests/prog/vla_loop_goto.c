// SPDX-License-Identifier: MIT
// Shows that VLAs in loops, left by break, continue, goto and return, give their room back: ten
// thousand rounds stay small.
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) static unsigned
sum(const unsigned char *p, size_t n)
{
	unsigned h = 0;

	while (n--)
		h = h * 31 + *p++;
	return h;
}

__attribute__((noinline)) static unsigned
rounds(int n)
{
	unsigned h = 0;
	int i = 0;

again:
	while (i < n) {
		unsigned char a[i % 2000 + 1];
		i++;
		memset(a, i, sizeof a);
		h += sum(a, sizeof a > 40 ? 40 : sizeof a);
		if (i % 5 == 0)
			continue;
		{
			unsigned b[i % 7 + 1][3];
			memset(b, 1, sizeof b);
			if (i % 7 == 0)
				goto again;
			h += b[i % 7][2];
			if (i % 4001 == 0)
				break;
		}
		for (int k = 1; k < 4; k++) {
			short c[k * 10];
			for (int x = 0; x < k * 10; x++)
				c[x] = (short)(x * i);
			if (c[k] % 3 == 0)
				goto out;
			h ^= (unsigned)c[k * 10 - 1];
		}
	out:;
	}
	if (i < n)
		goto again;
	return h;
}

__attribute__((noinline)) static unsigned
early(int n)
{
	for (int i = 0; i < 10; i++) {
		int v[n + i];
		for (int k = 0; k < n + i; k++)
			v[k] = k * n;
		if (v[n + i - 1] > n * n)
			return (unsigned)v[n / 2] + (n > 1 ? early(n - 1) : 0);
	}
	return 7;
}

int
main(void)
{
	printf("%u\n", rounds(10000));
	printf("%u\n", early(200));
	return 0;
}
