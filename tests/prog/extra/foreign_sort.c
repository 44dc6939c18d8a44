// SPDX-License-Identifier: MIT
// foreign_sort.c - the foreign side: a merge sort with a callback, keeping its own buffers on the
// stack it is run on.
#include <string.h>

typedef int foreign_cmp(const void *, const void *, void *, long, long, long, long, int);
void foreign_sort(void *base, unsigned long n, unsigned long size, foreign_cmp *cmp, void *arg);

void
foreign_sort(void *base, unsigned long n, unsigned long size, foreign_cmp *cmp, void *arg)
{
	unsigned char tmp[4096], *b = base, *l = b, *r = b + n / 2 * size;
	unsigned long k = 0;

	if (n < 2 || n * size > sizeof tmp)
		return;
	foreign_sort(b, n / 2, size, cmp, arg);
	foreign_sort(r, n - n / 2, size, cmp, arg);
	while (k < n) {
		int left = r == b + n * size || (l != b + n / 2 * size && cmp(l, r, arg, 1, 2, 3, 4, 5) <= 0);
		unsigned char **from = left ? &l : &r;
		memcpy(tmp + k++ * size, *from, size);
		*from += size;
	}
	memcpy(base, tmp, n * size);
}
