// SPDX-License-Identifier: MIT
// Shows that permutations work by copying the array into each frame, and by swapping in the one
// array of the first frame.
#include <stdio.h>
#include <string.h>

static unsigned count;

__attribute__((noinline)) static void
by_copy(const int *v, int k, int n, unsigned *h)
{
	int mine[n];

	if (k == n) {
		count++;
		for (int i = 0; i < n; i++)
			*h = *h * 33 + (unsigned)v[i];
		return;
	}
	for (int i = k; i < n; i++) {
		memcpy(mine, v, sizeof mine);
		mine[k] = v[i];
		memmove(mine + k + 1, v + k, (size_t)(i - k) * sizeof *mine);
		by_copy(mine, k + 1, n, h);
	}
}

__attribute__((noinline)) static void
swap(int *a, int *b)
{
	int t = *a;

	*a = *b;
	*b = t;
}

__attribute__((noinline)) static void
by_swap(int *v, int k, int n, unsigned *h)
{
	if (k == n) {
		count++;
		unsigned s = 0;
		for (int i = 0; i < n; i++)
			s = s * 33 + (unsigned)v[i];
		*h ^= s * 2654435761u;
		return;
	}
	for (int i = k; i < n; i++) {
		swap(&v[k], &v[i]);
		by_swap(v, k + 1, n, h);
		swap(&v[k], &v[i]);
	}
}

int
main(void)
{
	int v[] = { 1, 2, 3, 4, 5, 6, 7 };

	for (int n = 1; n <= 7; n++) {
		unsigned a = 0, b = 0;
		count = 0;
		by_copy(v, 0, n, &a);
		by_swap(v, 0, n, &b);
		printf("%d %u %08x %08x\n", n, count, a, b);
	}
	for (int i = 0; i < 7; i++)
		printf("%d", v[i]);
	puts("");
	return 0;
}
