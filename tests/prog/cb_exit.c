// SPDX-License-Identifier: MIT
// Shows that exit inside a callback, deep below a foreign call, runs the exit handlers and gives
// its status.
// want: exit 42
#include <stdio.h>
#include <stdlib.h>

static int *shared;

static void
bye(void)
{
	printf("bye %d\n", *shared);
}

__attribute__((noinline)) static int
deep(int n)
{
	int a[10] = { n };
	int *volatile p = a;
	if (n == 0)
		exit(42);
	return deep(n - 1) + p[0];
}

static int
cmp(const void *a, const void *b)
{
	if (++*shared == 9)
		return deep(400);
	return *(const int *)a - *(const int *)b;
}

int
main(void)
{
	static int keep; // still there when the handlers run
	int v[20];
	shared = &keep;
	atexit(bye);
	for (int i = 0; i < 20; i++)
		v[i] = 20 - i;
	qsort(v, 20, sizeof v[0], cmp);
	return keep;
}
