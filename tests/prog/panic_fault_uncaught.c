// SPDX-License-Identifier: MIT
// Shows the report of a fault that became a panic which nobody recovers, with the function that has
// faulted.
// thrum-only
// want: exit 2
// err: fatal error: panic: runtime error: invalid memory address or NULL pointer [SIGSEGV: address 0x10, pc 0x
// err: reads(...)
// err: main(...)
#include <thrum.h>

__attribute__((noinline)) static int
reads(volatile int *p)
{
	return p[4];
}

int
main(int argc, char **argv)
{
	(void)argv;
	thrum_panic_on_fault(true);
	return reads(argc > 5 ? &argc : 0) + 1;
}
