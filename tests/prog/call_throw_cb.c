// SPDX-License-Identifier: MIT
//
// Shows that C++ exceptions work in a goroutine if they are caught within one foreign call, also in
// one that a callback makes. An exception that would have to pass a callback ends the process with
// a message.
//
// cflags: -fexceptions
// ldflags: -lstdc++
// extra: call_throw_x.cc=clang
// want: fatal error: a C++ exception leaves a callback: its foreign caller cannot be unwound. Catch it in the callback

#include <stdio.h>

int guarded(int (*fn)(int), int n);
int caught(int v);
void thrower(int v);

static void
done(int *p)
{
	*p = 0;
}

static int
inner(int n)
{
	__attribute__((cleanup(done))) int x = n;
	return caught(x) + (n == 0 ? 0 : guarded(inner, n - 1));
}

static int
through(int n)
{
	__attribute__((cleanup(done))) int x = n;
	thrower(x);
	return 0;
}

int
main(void)
{
	if (guarded(inner, 50) != 51 * 50 / 2 + 51)
		return 1;
	return guarded(through, 7);
}
