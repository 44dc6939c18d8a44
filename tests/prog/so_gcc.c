// SPDX-License-Identifier: MIT
// Shows that a shared object built by gcc calls back into the program, interposes nothing, and
// shares data and TLS with it.
// extra: so_gcc_x.c=so
#include <stdio.h>
#include <string.h>

extern int lib_counter;
extern _Thread_local int lib_tls;
long lib_fold(long (*f)(long, long), const int *v, int n);
long lib_indirect(int depth);
long main_symbol(int depth);

__attribute__((noinline)) long
main_symbol(int depth)
{
	long v[5] = { depth, lib_counter, lib_tls };
	long *volatile p = v;
	lib_counter++;
	lib_tls += 2;
	return depth ? lib_indirect(depth - 1) + p[0] : p[1] + p[2];
}

static long
fold(long a, long b)
{
	char t[40];
	snprintf(t, sizeof t, "%ld", a);
	return a * 2 % 10007 + b + (long)strlen(t);
}

int
main(void)
{
	int v[100];
	for (int i = 0; i < 100; i++)
		v[i] = i;
	printf("%ld\n", lib_fold(fold, v, 100));
	printf("%ld %d %d\n", main_symbol(400), lib_counter, lib_tls);
	return 0;
}
