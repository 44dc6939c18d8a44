// SPDX-License-Identifier: MIT
// Shows the report of a fault deep in a goroutine, and that the process ends by the signal all the
// same.
// want: signal 11
// err: fatal signal: SIGSEGV: invalid memory access, address 0x10, pc 0x
// err: goroutine 2 [running]:
// err: store(...)
// err: crash_segv.c:20
// err: down(...)
// err: crash_segv.c:27
// err: work(...)
// err: created by main(...)
// thrum-only
// env: THRUM_PROCS=1
#include <thrum.h>

__attribute__((noinline)) static int
store(int *p)
{
	*(volatile int *)p = 1;
	return *p;
}

__attribute__((noinline)) static int
down(int n, int **p)
{
	return n > 0 ? down(n - 1, p) + n : store(p[0]) + 1;
}

static void
work(void *arg)
{
	int *bad = (int *)16, **volatile p = &bad;
	*(int *)arg = down(20, p) + 1;
}

int
main(void)
{
	int result = 0;
	if (thrum_go(work, &result) != 0)
		return 1;
	thrum_park(); // the other one may be preempted first
	return 0;
}
