// SPDX-License-Identifier: MIT
// Shows the message for an overflow of a fixed stack by code that was not built by thrumcc.
// want: signal 11
// extra: crash_deep.c=gcc
// err: fatal signal: SIGSEGV: overflow of a fixed stack of 65536 bytes: the goroutine's code was not built by thrumcc (see thrum_set_fixed_stack)
// err: goroutine 2 [running]:
// err: crash_deep(...)
// err: ...
// thrum-only
// env: THRUM_PROCS=1
#include <thrum.h>

void crash_start(void *);

int
main(void)
{
	int result;
	thrum_set_fixed_stack(65536);
	if (thrum_go(crash_start, &result) != 0)
		return 1;
	thrum_park(); // the other one may be preempted first
	return 0;
}
