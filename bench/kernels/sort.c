// SPDX-License-Identifier: MIT
//
// sort.c - kernel: quicksort with a comparison function, and libc's qsort's job by hand.

#include "kernel.h"

enum { N = 8192 };

typedef struct item {
	uint32_t key, id;
} item;

static item v[N];

BENCH_NOINLINE static int
by_key(const void *a, const void *b)
{
	const item *x = a, *y = b;
	return x->key < y->key ? -1 : x->key > y->key ? 1 : x->id < y->id ? -1 : x->id > y->id;
}

static void
swap(item *a, item *b)
{
	item t = *a;
	*a = *b;
	*b = t;
}

// sort sorts a[0..n) with the middle of three as pivot, insertion below 12.
BENCH_NOINLINE static void
sort(item *a, size_t n, int (*cmp)(const void *, const void *))
{
	while (n > 12) {
		item *mid = a + n / 2, *last = a + n - 1;
		if (cmp(mid, a) < 0)
			swap(mid, a);
		if (cmp(last, a) < 0)
			swap(last, a);
		if (cmp(last, mid) < 0)
			swap(last, mid);
		item pivot = *mid;
		size_t i = 0, j = n - 1;
		for (;;) {
			do
				i++;
			while (cmp(&a[i], &pivot) < 0);
			do
				j--;
			while (cmp(&pivot, &a[j]) < 0);
			if (i >= j)
				break;
			swap(&a[i], &a[j]);
		}
		sort(a, j + 1, cmp);
		a += j + 1;
		n -= j + 1;
	}
	for (size_t i = 1; i < n; i++) {
		item x = a[i];
		size_t j = i;
		for (; j > 0 && cmp(&x, &a[j - 1]) < 0; j--)
			a[j] = a[j - 1];
		a[j] = x;
	}
}

static uint64_t
kernel(void)
{
	uint64_t seed = 12345, sum = 1;
	for (uint32_t i = 0; i < N; i++)
		v[i] = (item){(uint32_t)(bench_random(&seed) >> 40), i};
	sort(v, N, by_key);
	for (uint32_t i = 1; i < N; i++)
		if (by_key(&v[i - 1], &v[i]) > 0)
			return 0;
	for (uint32_t i = 0; i < N; i += 97)
		sum = kernel_mix(sum, (uint64_t)v[i].key << 32 | v[i].id);
	return sum;
}

KERNEL_MAIN("sort")
