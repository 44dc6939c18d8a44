// SPDX-License-Identifier: MIT
// Shows that a qsort comparator may longjmp over the C library's frames back into main, again and
// again.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

static jmp_buf env;
static int countdown;

__attribute__((noinline)) static int
use(const int *a, int n)
{
	int t[40];
	for (int i = 0; i < 40; i++)
		t[i] = *a + i;
	return n == 0 ? t[20] : use(&t[1], n - 1);
}

static int
cmp(const void *a, const void *b)
{
	if (--countdown == 0)
		longjmp(env, *(const int *)a > 0 ? 1 : 2);
	int x = use(a, 5), y = use(b, 5);
	return (x > y) - (x < y);
}

int
main(void)
{
	int v[100];
	volatile int out = 0, in = 0;
	for (volatile int lim = 1; lim < 400; lim += 7) {
		for (int i = 0; i < 100; i++)
			v[i] = (i * 37) % 101 + 1;
		countdown = lim;
		if (setjmp(env) == 0) {
			qsort(v, 100, sizeof v[0], cmp);
			in++;
		} else {
			out++;
		}
	}
	countdown = 1 << 30;
	qsort(v, 100, sizeof v[0], cmp);
	for (int i = 1; i < 100; i++)
		if (v[i - 1] > v[i])
			return 1;
	printf("%d jumped or sorted, last %d\n", out + in, v[99]);
	return out > 10 ? 0 : 2;
}
