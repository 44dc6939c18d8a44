// SPDX-License-Identifier: MIT
// Shows that a shared object built by thrumcc recurses, calls back, uses its own TLS and variadics,
// and keeps pointers into our frames.
// extra: so_linked_x.c=so-thrumcc
#include <stdio.h>
#include <string.h>

long so_rec(int n, const long *up);
long so_each(long (*fn)(void *, long), void *arg, int n);
int so_format(char *out, size_t n, const char *fmt, ...);
int so_count(void);
extern int so_global;
extern int (*so_hook)(int);

struct acc { long sum; int depth; };

__attribute__((noinline)) static long
local_rec(int n, const long *up)
{
	long v[4] = { *up + 1, n };
	return n ? local_rec(n - 1, v) : v[0];
}

static long
each(void *arg, long v)
{
	struct acc *a = arg;
	long x = v;
	a->sum += local_rec(100, &x);
	a->depth++;
	return so_rec((int)v * 10, &a->sum) & 0xff;
}

static int
hook(int x)
{
	int t[3] = { x, so_count(), 0 };
	int *volatile p = t;
	return p[0] * 2;
}

int
main(void)
{
	long z = 5;
	printf("%ld\n", so_rec(800, &z));
	struct acc a = { 0, 0 };
	long r = so_each(each, &a, 30);
	printf("%ld %ld %d\n", r, a.sum, a.depth);
	char buf[100];
	int n = so_format(buf, sizeof buf, "%d %s %.3f %ld %Lf", 7, "seven", 7.125, 77L, 7.5L);
	printf("%d %s\n", n, buf);
	so_global += 5;
	so_hook = hook;
	printf("%d %d\n", so_count(), so_global);
	printf("%ld\n", so_rec(9, &z));
	return 0;
}
