// SPDX-License-Identifier: MIT
// Shows that a deadlock is seen although a goroutine has ended locked to the thread that began the
// program.
// modes: normal stackmove storm (the thread that sends signals might wake a goroutine)
// thrum-only
// env: THRUM_PROCS=1
// levels: O0 O2
// want: fatal error: all goroutines are asleep - deadlock!
#include <stdlib.h>
#include <thrum.h>
#include <unistd.h>

static void
locks(void *arg)
{
	(void)arg;
	thrum_lock_thread();
}

int
main(void)
{
	alarm(100);
	if (thrum_go(locks, NULL) != 0)
		abort();
	thrum_yield();
	thrum_park();
	return 0;
}
