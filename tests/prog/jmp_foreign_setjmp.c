// SPDX-License-Identifier: MIT
// Shows that an instrumented callback may longjmp to a buffer set by foreign code, whose registers
// come back whole.
// extra: jmp_foreign_setjmp_x.c=gcc
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

extern jmp_buf foreign_env;
long foreign_try(int (*fn)(int), int v, long a, long b, long c, long d);

__attribute__((noinline)) static int
sink(int n, const char *s)
{
	char t[128];
	memset(t, n, sizeof t);
	strcpy(t, s);
	if (n <= 0)
		longjmp(foreign_env, (int)strlen(t));
	return sink(n - 1, t) + t[3];
}

static int
cb_jump(int v)
{
	return sink(v, "seventeen letters");
}

static int
cb_return(int v)
{
	int a[3] = { v, v + 1, v + 2 };
	int *volatile p = a;
	return p[0] + p[1] + p[2];
}

int
main(void)
{
	long sum = 0;
	for (int i = 0; i < 200; i++) {
		long x = foreign_try(i & 1 ? cb_jump : cb_return, i, 1 + i, 2 + i, 3 + i, 4 + i);
		sum = sum * 3 % 1000003 + x;
	}
	printf("%ld\n", sum);
	return 0;
}
