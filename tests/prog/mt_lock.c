// SPDX-License-Identifier: MIT
// Shows that thrum_lock_thread keeps a goroutine on its thread, and that no other goroutine runs
// there. A goroutine that ends locked takes its thread along.
// thrum-only
// env: THRUM_PROCS=3
// levels: O0 O2
// out: ok
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include "extra/leak.h"
#include "extra/check.h"

#define LOCKED 12
#define FREE 60
#define ROUNDS 300
#define ENDS 10

static thrum_wg wg;
static _Atomic long moved;
static _Thread_local thrum_g *owner; // of this thread, while somebody has locked it

static inline int
tid(void)
{
	long rc;
	__asm__ volatile("syscall" : "=a"(rc) : "a"(SYS_gettid) : "rcx", "r11", "memory");
	return (int)rc;
}

static void
step(int i)
{
	switch (i % 7) {
	case 0:
		thrum_ready(thrum_self());
		thrum_park();
		break;
	case 1:
		if (i % 5 == 0)
			usleep(20);
		break;
	default:
		thrum_yield();
	}
}

static int
compare(const void *a, const void *b)
{
	thrum_yield();
	return *(const int *)a - *(const int *)b;
}

static void
locks(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		thrum_lock_thread();
		CHECK(owner == NULL);
		owner = thrum_self();
		int t = tid();
		if (i % 3 == 0)
			thrum_lock_thread();
		for (int k = i % 5; k >= 0; k--) {
			step(i + k);
			CHECK(tid() == t);
			CHECK(owner == thrum_self());
		}
		if (i % 64 == 0) {
			int a[] = {3, 1, 2};
			qsort(a, 3, sizeof *a, compare);
			CHECK(tid() == t && owner == thrum_self());
		}
		if (i % 3 == 0) {
			thrum_unlock_thread();
			thrum_yield();
			CHECK(tid() == t && owner == thrum_self());
		}
		owner = NULL;
		thrum_unlock_thread();
		thrum_yield();
		moved += tid() != t;
	}
	(void)arg;
	thrum_wg_done(&wg);
}

static void
roams(void *arg)
{
	for (int i = (int)(long)arg; i < ROUNDS; i++) {
		step(i);
		CHECK(owner == NULL);
	}
	thrum_wg_done(&wg);
}

static _Atomic int ended[ENDS];

static void
ends(void *arg)
{
	thrum_lock_thread();
	owner = thrum_self(); // the next goroutine on this thread would see it
	ended[(long)arg] = tid();
	thrum_yield();
	CHECK(tid() == ended[(long)arg]);
	thrum_wg_done(&wg);
	if ((long)arg % 2)
		thrum_goexit();
}

static void
all(void)
{
	thrum_wg_add(&wg, LOCKED + FREE);
	for (long i = 0; i < FREE; i++) {
		CHECK(thrum_go(roams, (void *)i) == 0);
		if (i < LOCKED)
			CHECK(thrum_go(locks, NULL) == 0);
	}
	thrum_wg_wait(&wg);
	thrum_wg_add(&wg, ENDS + FREE);
	for (long i = 0; i < ENDS; i++)
		CHECK(thrum_go(ends, (void *)i) == 0);
	for (long i = 0; i < FREE; i++)
		CHECK(thrum_go(roams, (void *)i) == 0);
	thrum_wg_wait(&wg);
	for (int i = 0; i < ENDS; i++) {
		// But the thread that began the program is not the runtime's to end.
		for (int k = 0; ended[i] != getpid() && syscall(SYS_tgkill, getpid(), ended[i], 0) == 0; k++) {
			CHECK(k < 1000);
			usleep(10000);
		}
		CHECK(ended[i] == getpid() || errno == ESRCH);
	}
}

int
main(void)
{
	alarm(100);
	all();
	leak_begin();
	all();
	leak_end();
	CHECK(moved > 0);
	puts("ok");
	return 0;
}
