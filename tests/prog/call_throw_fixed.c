// SPDX-License-Identifier: MIT
//
// Shows that a goroutine of plain code cannot catch an exception that comes out of a foreign call
// of instrumented code: a message says so. An exception that it throws and catches without
// instrumented code between works.
//
// thrum-only
// cflags: -fexceptions
// ldflags: -lstdc++
// levels: O0 O2
// extra: call_throw_fixed_x.cc=clang
// want: fatal error: a C++ exception leaves a foreign call: C frames cannot be unwound. Catch it in the function that was called

#include <thrum.h>

void plain(void *arg);
void thrower(int v);
int middle(int n);
int caught(int v);
void finished(void);

static thrum_wg wg;

void
finished(void)
{
	thrum_wg_done(&wg);
}

int
middle(int n)
{
	if (caught(n) == n + 1)
		thrower(n);
	return 0;
}

int
main(void)
{
	int result = 0;
	thrum_wg_add(&wg, 1);
	if (thrum_go(plain, &result) != 0)
		return 1;
	thrum_wg_wait(&wg);
	return result == 1007 ? 3 : 4;
}
