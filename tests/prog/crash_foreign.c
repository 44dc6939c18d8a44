// SPDX-License-Identifier: MIT
// Shows the report of a fault in foreign code that a callback of other foreign code has called:
// printf below qsort.
// want: signal 11
// err: fatal signal: SIGSEGV: invalid memory access, address 0x11, pc 0x
// err: goroutine 1 [foreign call]:
// err: compare(...)
// err: crash_foreign.c:
// err: sort(...)
// err: crash_foreign.c:
// err: main(...)
#include <stdio.h>
#include <stdlib.h>

static int
compare(const void *a, const void *b)
{
	static const char *volatile bad = (const char *)17;
	char buf[100];
	int n = snprintf(buf, sizeof buf, "%s", bad);
	return *(const int *)a - *(const int *)b + n;
}

__attribute__((noinline)) static int
sort(int *v, int n)
{
	qsort(v, (size_t)n, sizeof *v, compare);
	return v[0];
}

int
main(void)
{
	int v[] = {3, 1, 2};
	return sort(v, 3) + 1;
}
