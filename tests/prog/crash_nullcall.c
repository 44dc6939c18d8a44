// SPDX-License-Identifier: MIT
// Shows the report of a call through a null pointer: the caller is named.
// want: signal 11
// err: fatal signal: SIGSEGV: invalid memory access, address 0x0, pc 0x0
// err: goroutine 1 [foreign call]:
// err: 0x0
// err: call(...)
// err: main(...)

__attribute__((noinline)) static int
call(int (*fn)(int))
{
	return fn(3) + 1;
}

int
main(void)
{
	int (*volatile nothing)(int) = 0;
	return call(nothing) + 1;
}
