// SPDX-License-Identifier: MIT
// Shows that faults become panics: NULL, a bad address, division by zero, memcpy. They occur in
// leaf functions with a red zone, deep, at the end of the stack, in many goroutines. Afterwards
// signals still arrive.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_wg wg;
static _Atomic int deferred;

static void
count(void *unused)
{
	(void)unused;
	deferred++;
}

__attribute__((noinline)) static int
leaf(volatile int *p, int a)
{
	volatile int x[8]; // in the red zone, perhaps
	for (int i = 0; i < 8; i++)
		x[i] = a + i;
	return x[a & 7] + *p;
}

__attribute__((noinline)) static int
divide(int a, int b)
{
	return a / b;
}

static char *volatile nowhere, *hole;
static volatile int sink, seven = 7;

static void
down(int n, int what)
{
	char b[40];
	memset(b, n, sizeof b);
	char *volatile q = b;
	THRUM_DEFER(count, NULL);
	if (n > 0) {
		down(n - 1, what);
	} else if (what == 0) {
		sink = leaf((int *)nowhere, 3);
	} else if (what == 1) {
		sink = divide(seven, (int)(intptr_t)nowhere);
	} else if (what == 2) {
		memcpy(b, hole, sizeof b);
		sink = b[7];
	} else if (what == 3) {
		*(volatile char *)(hole + 100) = 1;
	} else {
		*(volatile char *)(0x1234567812345678) = 1;
	}
	CHECK(q[3] == (char)n && 0);
}

static void
all(int depth)
{
	for (int what = 0; what < 5; what++) {
		volatile int caught = 0;
		deferred = 0;
		THRUM_TRY {
			down(depth, what);
		} THRUM_CATCH(p) {
			caught++;
			CHECK(strncmp(p->text, "runtime error: ", 15) == 0 && p->value == NULL);
			CHECK(p->signal == (what == 1 ? SIGFPE : SIGSEGV));
			CHECK(p->addr == (what == 3 ? hole + 100 : what == 2 ? hole : NULL) || (what == 2 && (char *)p->addr >= hole && (char *)p->addr < hole + 40));
		}
		CHECK(caught == 1);
	}
}

static void
body(void *arg)
{
	THRUM_DEFER(thrum_wg_done, &wg);
	CHECK(!thrum_panic_on_fault(true));
	for (int i = 0; i < 10; i++) {
		THRUM_TRY {
			down((int)(intptr_t)arg % 40, i % 5);
		} THRUM_CATCH(p) {
			CHECK(p->signal != 0);
		}
		thrum_yield();
	}
}

static volatile sig_atomic_t usr1;

static void
handler(int sig)
{
	(void)sig;
	usr1++;
}

int
main(void)
{
	hole = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(hole != MAP_FAILED);
	CHECK(!thrum_panic_on_fault(true) && thrum_panic_on_fault(true));
	for (int depth = 0; depth < 60; depth++) { // at each distance from the stack's end
		deferred = 0;
		all(depth);
		CHECK(deferred == depth + 1);
	}
	all(3000);
	thrum_wg_add(&wg, 100);
	for (int i = 0; i < 100; i++)
		CHECK(thrum_go(body, (void *)(intptr_t)i) == 0);
	thrum_wg_wait(&wg);
	signal(SIGUSR1, handler);
	raise(SIGUSR1);
	CHECK(usr1 == 1);
	CHECK(thrum_panic_on_fault(false));
	puts("ok");
	return 0;
}
