// SPDX-License-Identifier: MIT
//
// Shows that C++ exceptions pass through C built with -fexceptions on a plain thread. Cleanups run.
// The locals of the frames that were left are given back: 50,000 exceptions from frames of 8 KB
// need no more memory than one.
//
// cflags: -fexceptions
// thrumflags: -fno-thrum-main
// ldflags: -lstdc++
// extra: call_throw_x.cc=clang

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

int guarded(int (*fn)(int), int n);
void thrower(int v);

static long cleaned;

static void
done(int *p)
{
	cleaned += *p;
}

static __attribute__((noinline)) int
middle(int n)
{
	char room[8000];
	memset(room, n, sizeof room);
	if (n % 2)
		thrower(n);
	return room[n % 100] + 1;
}

static __attribute__((noinline)) int
variadic(int depth, ...)
{
	va_list ap;
	va_start(ap, depth);
	int n = va_arg(ap, int);
	va_end(ap);
	return depth == 0 ? middle(n) : variadic(depth - 1, n) + 1;
}

static int
bare(int n) // no locals, which would be given back with all above them
{
	return variadic(2, n);
}

static int
callback(int n)
{
	__attribute__((cleanup(done))) int x = 3;
	char room[100 + n % 7];
	memset(room, n, sizeof room);
	return middle(n) + room[n % 50];
}

static __attribute__((noinline)) char *
place(void)
{
	char x, *volatile p = &x;
	return p;
}

int
main(void)
{
	struct rusage r;
	long s = 0;
	char *before = place();
	for (int i = 0; i < 50000; i++)
		s += guarded(callback, i & 1023);
	for (int i = 0; i < 1000; i++)
		s += guarded(bare, i);
	if (place() != before)
		printf("a list of arguments was not given back\n");
	getrusage(RUSAGE_SELF, &r);
	printf("%ld %ld %s\n", s, cleaned, r.ru_maxrss < 64 << 10 ? "small" : "memory grows");
	return 0;
}
