// SPDX-License-Identifier: MIT
// Shows that siglongjmp works out of a handler that came in a blocking call whose P was taken: the
// goroutine continues once, at the buffer.
// env: THRUM_PROCS=1
// extra: blocks_then_raise.c=gcc
// thrum-only
// out: ok
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#define N 100

#include "extra/check.h"

static thrum_wg wg;
static _Atomic int stop;
static _Atomic long turns;
static sigjmp_buf back;

static void
handler(int sig)
{
	(void)sig;
	siglongjmp(back, 1);
}

static void
others(void *arg)
{
	(void)arg;
	while (!stop) {
		turns++;
		thrum_yield();
	}
	thrum_wg_done(&wg);
}

// A signal in a foreign call that has lasted so long that its P is gone.
void blocks_then_raise(int us, int sig);

static void
blocks(void)
{
	blocks_then_raise(2000, SIGALRM);
	abort();
}

static void
jumper(void *arg)
{
	struct sigaction a = {.sa_handler = handler};
	volatile int jumps = 0, took = 0;
	(void)arg;
	CHECK(sigaction(SIGALRM, &a, NULL) == 0);
	for (volatile int i = 0; i < N; i++) {
		volatile long before = 0;
		if (sigsetjmp(back, 1) == 0) {
			before = turns;
			blocks();
		}
		jumps++;
		CHECK(jumps == i + 1);
		took += turns > before;
		thrum_yield();
	}
	// Others had the P meanwhile, unless the machine is so busy that the monitor was late.
	CHECK(took > 0);
	stop = 1;
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_wg_add(&wg, 3);
	CHECK(thrum_go(others, NULL) == 0 && thrum_go(others, NULL) == 0 && thrum_go(jumper, NULL) == 0);
	thrum_wg_wait(&wg);
	puts("ok");
	return 0;
}
