// SPDX-License-Identifier: MIT
// Shows that One- and two-dimensional VLAs, VLA parameters, sizeof and pointers to VLAs in
// recursive frames of varying size.
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) static unsigned
fill(int rows, int cols, unsigned m[rows][cols], unsigned seed)
{
	unsigned h = 0;

	for (int i = 0; i < rows; i++)
		for (int j = 0; j < cols; j++)
			h = h * 31 + (m[i][j] = seed + (unsigned)(i * cols + j));
	return h + (unsigned)(sizeof m[0] / sizeof m[0][0]);
}

__attribute__((noinline)) static unsigned
level(int depth, int (*prev)[depth + 1])
{
	int n = depth % 13 + 1, k = depth % 5 + 2;
	unsigned a[n], m[n][k], h, r = 0;
	int next[depth > 0 ? depth : 1], (*p)[depth > 0 ? depth : 1] = &next;

	for (int i = 0; i < (int)(sizeof next / sizeof *next); i++)
		next[i] = (*prev)[i] + i % 3;
	for (int i = 0; i < n; i++)
		a[i] = (unsigned)(depth * i);
	h = fill(n, k, m, (unsigned)depth);
	if (depth > 0)
		r = level(depth - 1, p);
	for (int i = 0; i < n; i++)
		for (int j = 0; j < k; j++)
			if (m[i][j] != (unsigned)depth + (unsigned)(i * k + j) || a[i] != (unsigned)(depth * i)) {
				printf("depth %d: [%d][%d] changed\n", depth, i, j);
				return 0;
			}
	if (sizeof *p != sizeof(int) * (size_t)(depth > 0 ? depth : 1) || sizeof m != sizeof(unsigned) * (size_t)(n * k))
		printf("depth %d: sizeof is wrong\n", depth);
	return r * 17 + h + (unsigned)next[depth / 2];
}

int
main(void)
{
	for (int d = 0; d < 400; d = d * 2 + 1) {
		int first[d + 1];
		memset(first, 0, sizeof first);
		printf("%d %u\n", d, level(d, &first));
	}
	return 0;
}
