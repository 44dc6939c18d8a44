// SPDX-License-Identifier: MIT
// Shows that a fault in a leaf function of libc, which has no frame and runs on the goroutine's
// stack, names its caller.
// want: signal 11
// err: fatal signal: SIGSEGV: invalid memory access, address 0x5, pc 0x
// err: goroutine 1 [running]:
// err: length(...)
// err: main(...)
#include <string.h>

__attribute__((noinline)) static size_t
length(const char *s)
{
	return strlen(s) + 1;
}

int
main(void)
{
	const char *volatile bad = (const char *)5;
	return (int)length(bad) + 1;
}
