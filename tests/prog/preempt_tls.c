// SPDX-License-Identifier: MIT
// Shows that a thread-local is of the thread that runs the goroutine, also when a signal comes
// between its address and its use.
// thrum-only
// env: THRUM_PROCS=2 THRUM_DEBUG=preemptstorm=10
// out: ok
#include <errno.h>
#include <sys/syscall.h>
#include "extra/storm.h"

static _Thread_local uint64_t mine, check;
static _Thread_local struct { int tid; uint64_t n; } per;
static _Atomic uint64_t total;

static inline __attribute__((always_inline)) int // no check in between
tid(void)
{
	long rc;
	__asm__ volatile("syscall" : "=a"(rc) : "a"(SYS_gettid) : "rcx", "r11", "memory");
	return (int)rc;
}

// Loads, adds and stores in a function that gives way to nobody in between: no increment is lost,
// and none goes to another thread's.
__attribute__((noinline)) static void
count(void)
{
	mine++;
	check += 3;
}

__attribute__((noinline)) static int
counted(void)
{
	return check == 3 * mine;
}

__attribute__((noinline)) static int
owner(void)
{
	if (per.tid == 0)
		per.tid = tid();
	per.n++;
	return per.tid == tid();
}

static void
worker(void *arg)
{
	uint64_t done = 0;
	(void)arg;
	while (!enough(800)) {
		for (int i = 0; i < 2000; i++)
			count();
		done += 2000;
		CHECK(owner());
		errno = (int)(long)arg + 1;
		for (volatile int k = 0; k < 1000; k++)
			;
		CHECK(errno == (int)(long)arg + 1);
		CHECK(counted());
	}
	total += done;
	thrum_wg_done(&wg);
}

int
main(void)
{
	alarm(100);
	each(5, worker);
	puts("ok");
	return 0;
}
