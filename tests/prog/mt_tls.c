// SPDX-License-Identifier: MIT
// Shows that thread-locals are right in a goroutine that changes its thread at a yield. In a loop
// with everything inlined each read and each address is of the thread it is on.
// thrum-only
// modes: normal stackmove (it compares two looks at an address, between which it must not move)
// extra: mt_tls_x.c=gcc
// env: THRUM_PROCS=1 THRUM_QUANTUM=1s
// levels: O0 O2 O3
// out: ok
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <thrum.h>
#include <unistd.h>

#include "extra/check.h"

#define ROUNDS 4000

extern _Thread_local int there; // of another compiler

static _Thread_local int mine, table[8];
static _Thread_local struct {
	char pad[40];
	int tid;
} inside;

static int stop;
static thrum_wg wg;

// No call: a call may end on another thread.
static inline int
tid(void)
{
	long rc;
	__asm__ volatile("syscall" : "=a"(rc) : "a"(SYS_gettid) : "rcx", "r11", "memory");
	return (int)rc;
}

static __attribute__((noinline)) int *
addr(int which, int i)
{
	__asm__ volatile("" : "+r"(which), "+r"(i));
	return which == 0 ? &mine : which == 1 ? &table[i] : which == 2 ? &inside.tid : &there;
}

// With one p, a goroutine that yields runs next on another thread: this goroutine has locked the
// one they share.
static void
locker(void *arg)
{
	(void)arg;
	while (!stop) {
		thrum_lock_thread();
		thrum_yield();
		thrum_unlock_thread();
		thrum_yield();
	}
	thrum_wg_done(&wg);
}

static inline __attribute__((always_inline)) int
look(int i)
{
	static _Thread_local int local;
	int t = tid();
	CHECK(&mine == addr(0, i));
	CHECK(&table[i] == addr(1, i));
	CHECK(&inside.tid == addr(2, i));
	CHECK(&there == addr(3, i));
	if (mine == 0)
		mine = local = inside.tid = there = t;
	table[i] = t;
	CHECK(mine == t);
	CHECK(local == t);
	CHECK(inside.tid == t);
	CHECK(there == t);
	return t;
}

int
main(void)
{
	long moved = 0, bumps = 0;
	alarm(100);
	thrum_wg_add(&wg, 2);
	for (int i = 0; i < 2; i++)
		CHECK(thrum_go(locker, NULL) == 0);
	for (int i = 0; i < ROUNDS; i++) {
		int before = look(i & 7), *p = &table[i & 7];
		thrum_yield();
		int after = look(i & 7);
		CHECK(table[i & 7] == after);
		moved += before != after;
		CHECK((p == &table[i & 7]) == (before == after));
		thrum_yield();
		bumps += mine == 0 || mine == tid();
	}
	stop = 1;
	thrum_wg_wait(&wg);
	CHECK(bumps == ROUNDS);
	CHECK(moved > ROUNDS / 10);
	puts("ok");
	return 0;
}
