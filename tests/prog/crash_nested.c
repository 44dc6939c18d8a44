// SPDX-License-Identifier: MIT
// Shows that a fault within a report ends it with a line that says so, and the process by the
// signal.
// want: signal 11
// err: fatal signal: SIGSEGV: invalid memory access, address 0x10, pc 0x
// err: this happened during the report above
// thrum-only
#include <stddef.h>

struct dl_phdr_info;

// The function that the report asks for the loaded objects.
int
dl_iterate_phdr(int (*fn)(struct dl_phdr_info *, size_t, void *), void *data)
{
	*(volatile int *)32 = 1;
	return fn(NULL, 0, data);
}

int
main(void)
{
	*(volatile int *)16 = 1;
	return 0;
}
