// SPDX-License-Identifier: MIT
// Shows that a program's own crash handler is called and nothing else, and that SIG_DFL, which it
// sets before it returns, brings the report back.
// want: signal 11
// out: handler 11
// err: fatal signal: SIGSEGV: invalid memory access, address 0x20, pc 0x
// err: main(...)
#include <signal.h>
#include <unistd.h>

static void
on(int sig)
{
	if (write(1, "handler 11\n", 11) != 11 || sig != SIGSEGV)
		_exit(3);
	signal(SIGSEGV, SIG_DFL);
}

int
main(void)
{
	signal(SIGSEGV, on);
	*(volatile int *)32 = 1;
	return 0;
}
