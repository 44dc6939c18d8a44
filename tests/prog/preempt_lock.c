// SPDX-License-Identifier: MIT
// Shows that a goroutine locked to its thread comes back to it after every signal, and that one
// that is not moves.
// thrum-only
// env: THRUM_PROCS=3 THRUM_DEBUG=preemptstorm=20
// levels: O0 O2
// out: ok
#include <sys/syscall.h>
#include "extra/storm.h"

static _Atomic long moved;

static inline int
tid(void)
{
	long rc;
	__asm__ volatile("syscall" : "=a"(rc) : "a"(SYS_gettid) : "rcx", "r11", "memory");
	return (int)rc;
}

static void
locks(void *arg)
{
	(void)arg;
	while (!enough(400) || moved == 0) {
		thrum_lock_thread();
		int t = tid();
		for (int i = 0; i < 200; i++) {
			for (volatile int k = 0; k < 500; k++)
				;
			CHECK(tid() == t);
		}
		thrum_unlock_thread();
	}
	thrum_wg_done(&wg);
}

static void
roams(void *arg)
{
	int t = tid();
	(void)arg;
	while (!enough(400) || moved == 0)
		for (volatile int k = 0; k < 500; k++)
			if (tid() != t) {
				moved++;
				t = tid();
			}
	thrum_wg_done(&wg);
}

static void
some(void *arg)
{
	((long)arg % 2 ? locks : roams)(arg);
}

int
main(void)
{
	alarm(100);
	each(6, some);
	puts("ok");
	return 0;
}
