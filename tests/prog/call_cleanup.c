// SPDX-License-Identifier: MIT
//
// Shows that calls in the scope of a cleanup work with -fexceptions, where clang emits them as
// invokes. They are calls of foreign code, direct and through a pointer, with arguments on the
// stack, of setjmp and of variadic functions, and a tail of cleanups.
//
// cflags: -fexceptions
// extra: call_cleanup_x.c=gcc

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int deep(int n);
int deepmany(int a, int b, int c, int d, int e, int f, int g, int h, int i);

static int (*volatile pointer)(int) = deep;
static int (*volatile many)(int, int, int, int, int, int, int, int, int) = deepmany;
static long cleaned;

static void
done(int *p)
{
	cleaned += *p + 1;
	*p = 0;
}

static __attribute__((noinline)) int
calls(int n)
{
	__attribute__((cleanup(done))) int x = n;
	return deep(x) + pointer(x) + deepmany(x, 1, 2, 3, 4, 5, 6, 7, 8) + many(x, 8, 7, 6, 5, 4, 3, 2, 1);
}

static __attribute__((noinline)) int
jumps(int n)
{
	__attribute__((cleanup(done))) int x = n;
	jmp_buf b;
	volatile int turns = 0;
	int r = setjmp(b);
	turns++;
	deep(turns);
	if (r < 5)
		longjmp(b, r + 1);
	return turns * 100 + r;
}

static __attribute__((noinline)) int
sum(int n, ...)
{
	__attribute__((cleanup(done))) int x = n;
	va_list ap;
	int s = 0;
	va_start(ap, n);
	for (int i = 0; i < n; i++)
		s += va_arg(ap, int) * pointer(i);
	va_end(ap);
	return s;
}

static __attribute__((noinline)) int
levels(int n)
{
	__attribute__((cleanup(done))) int x = n;
	return n == 0 ? pointer(n) : levels(n - 1) + deep(n);
}

int
main(void)
{
	long s = 0;
	for (int i = 0; i < 50; i++)
		s += calls(i);
	printf("%ld %d %d %d %ld\n", s, jumps(3), sum(4, 1, 2, 3, 4), levels(200), cleaned);
	return 0;
}
