// SPDX-License-Identifier: MIT
//
// Shows that an uncaught C++ exception ends the process as it does elsewhere: std::terminate,
// SIGABRT.
//
// cflags: -fexceptions
// ldflags: -lstdc++
// extra: call_throw_x.cc=clang
// want: signal 6
// err: terminate called after throwing an instance of 'int'

void thrower(int v);

static void
done(int *p)
{
	*p = 0;
}

int
main(void)
{
	__attribute__((cleanup(done))) int x = 5;
	thrower(x);
	return 0;
}
