// SPDX-License-Identifier: MIT
// Shows that THRUM_DEBUG=schedtrace,scheddetail prints a line about the scheduler, the memory that
// is mapped, and every p, m and goroutine.
// modes: normal stackmove storm (a signal ends its waits)
// thrum-only
// env: THRUM_PROCS=2 THRUM_DEBUG=schedtrace=20,scheddetail=1
// out: ok
// err: SCHED
// err: maxprocs=2
// err: MEM: stacks=
// err: OBJ: ctxs=0+0 ms=
// err: P1: status=
// err: M0: tid=
// err: status=waiting
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>
#include <unistd.h>

static void
sleeps(void *arg)
{
	(void)arg;
	thrum_park();
}

int
main(void)
{
	if (thrum_go(sleeps, NULL) != 0)
		return 1;
	for (int i = 0; i < 30; i++) {
		thrum_yield();
		usleep(10000);
	}
	puts("ok");
	return 0;
}
