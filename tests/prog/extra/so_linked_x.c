// SPDX-License-Identifier: MIT
// Shared object of so_linked.c, built by thrumcc.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int so_global = 37;
int (*so_hook)(int);
static _Thread_local int calls = 100;

__attribute__((noinline)) long
so_rec(int n, const long *up)
{
	long v[8] = { *up, n, 3 };
	calls++;
	if (so_hook)
		v[2] += so_hook(n);
	return n ? so_rec(n - 1, v) + v[2] : v[0];
}

static int
down(const void *a, const void *b)
{
	return *(const int *)b - *(const int *)a;
}

long
so_each(long (*fn)(void *, long), void *arg, int n)
{
	int v[n];
	long s = 0;
	for (int i = 0; i < n; i++)
		v[i] = (i * 7 + 1) % n;
	qsort(v, (size_t)n, sizeof v[0], down);
	for (int i = 0; i < n; i++)
		s = s * 3 % 10007 + fn(arg, v[i]);
	return s;
}

int
so_format(char *out, size_t n, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int r = vsnprintf(out, n, fmt, ap);
	va_end(ap);
	return r;
}

int
so_count(void)
{
	int *volatile p = &calls;
	return *p;
}
