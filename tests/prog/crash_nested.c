// SPDX-License-Identifier: MIT
// Shows that a fault within a report ends it with a line that says so, and the process by the signal.
// want: signal 11
// cflags: -I. -Wno-unknown-attributes
// err: fatal signal: SIGSEGV: invalid memory access, address 0x10, pc 0x
// err: this happened while the above was reported
// thrum-only
#include "core/sched/types.h"

__attribute__((noinline)) static int
fault(int n)
{
	*(volatile int *)16 = n;
	return n;
}

static void
work(void *arg)
{
	g *gp = thrum_self();
	(void)arg;
	gp->seg = (segment *)24; // what the runtime would never leave there
	gp->nseg = (uint32_t)fault(1) + 1;
}

int
main(void)
{
	if (thrum_go(work, NULL) != 0)
		return 1;
	thrum_yield();
	return 0;
}
