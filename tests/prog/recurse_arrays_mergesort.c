// SPDX-License-Identifier: MIT
// Shows that merge sort, quicksort and a knapsack search use arrays of every size as locals of
// recursive frames.
#include <stdio.h>
#include <string.h>

static unsigned seed = 12345;

static unsigned
rnd(void)
{
	return seed = seed * 1664525u + 1013904223u, seed >> 8;
}

__attribute__((noinline)) static void
msort(unsigned *v, size_t n)
{
	unsigned l[(n + 1) / 2 + 1], r[n / 2 + 1];
	size_t nl = (n + 1) / 2, nr = n / 2, i = 0, j = 0, k = 0;

	if (n < 2)
		return;
	memcpy(l, v, nl * sizeof *v);
	memcpy(r, v + nl, nr * sizeof *v);
	msort(l, nl);
	msort(r, nr);
	while (i < nl || j < nr)
		v[k++] = j == nr || (i < nl && l[i] <= r[j]) ? l[i++] : r[j++];
}

__attribute__((noinline)) static void
isort(unsigned *lo, unsigned *hi)
{
	unsigned *i = lo, *j = hi, pivot = lo[(hi - lo) / 2];

	if (lo >= hi)
		return;
	while (i <= j) {
		while (*i < pivot)
			i++;
		while (*j > pivot)
			j--;
		if (i <= j) {
			unsigned t = *i;
			*i++ = *j;
			*j-- = t;
		}
	}
	if (lo < j)
		isort(lo, j);
	if (i < hi)
		isort(i, hi);
}

__attribute__((noinline)) static void
pack(const int *w, int n, int room, const unsigned char *taken, int *best, unsigned char *out)
{
	unsigned char mine[16];

	memcpy(mine, taken, sizeof mine);
	if (n == 0) {
		if (room < *best) {
			*best = room;
			memcpy(out, mine, sizeof mine);
		}
		return;
	}
	pack(w, n - 1, room, mine, best, out);
	if (room >= w[n - 1]) {
		mine[n - 1] = 1;
		pack(w, n - 1, room - w[n - 1], mine, best, out);
	}
}

int
main(void)
{
	unsigned a[2000], b[2000], h = 0;
	int w[12], best = 1 << 30;
	unsigned char taken[16] = { 0 }, out[16] = { 0 };

	for (int i = 0; i < 2000; i++)
		a[i] = b[i] = rnd();
	msort(a, 2000);
	isort(b, b + 1999);
	for (int i = 0; i < 2000; i++)
		h = h * 31 + a[i];
	printf("%d %08x\n", memcmp(a, b, sizeof a), h);
	for (int i = 1; i < 2000; i++)
		if (a[i - 1] > a[i])
			puts("not sorted");
	for (int i = 0; i < 12; i++)
		w[i] = (int)(rnd() % 90 + 10);
	pack(w, 12, 301, taken, &best, out);
	printf("left %d:", best);
	for (int i = 0; i < 12; i++)
		printf(" %d%s", w[i], out[i] ? "*" : "");
	puts("");
	return 0;
}
