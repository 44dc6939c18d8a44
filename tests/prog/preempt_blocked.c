// SPDX-License-Identifier: MIT
// Shows that a program that blocks SIGURG goes on: checks still preempt, foreign calls still begin,
// and the statistics say that no signal comes.
// thrum-only
// env: THRUM_PROCS=2 THRUM_DEBUG=preemptstorm=50
// levels: O0 O2
// out: ok
#include <pthread.h>
#include <signal.h>
#include "extra/storm.h"

static _Atomic int stop;
static _Atomic long rounds;

__attribute__((noinline)) static void
check(volatile int *n)
{
	++*n;
}

// Each m is in turn the thread of one that blocks.
static void
blocks(void *arg)
{
	sigset_t set;
	(void)arg;
	sigemptyset(&set);
	sigaddset(&set, SIGURG);
	while (!stop) {
		volatile int n = 0;
		CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
		for (int i = 0; i < 100000; i++)
			check(&n);
		usleep(10);
		rounds++;
	}
	CHECK(pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0);
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_preempt_stats a, b;
	uint64_t end = ns() + 20000000000u;
	alarm(100);
	thrum_wg_add(&wg, 4);
	for (long i = 0; i < 4; i++)
		CHECK(thrum_go(blocks, NULL) == 0);
	thrum_get_preempt_stats(&a);
	do {
		usleep(1000);
		thrum_get_preempt_stats(&b);
	} while ((b.checked < a.checked + 200 || rounds < 500 || b.overdue == 0) && ns() < end);
	if (b.checked < a.checked + 200 || rounds < 500 || b.overdue == 0)
		fprintf(stderr, "%lu by checks, %lu overdue, %ld rounds\n", (unsigned long)(b.checked - a.checked), (unsigned long)b.overdue, (long)rounds);
	CHECK(b.checked >= a.checked + 200 && rounds >= 500 && b.overdue > 0);
	stop = 1;
	thrum_wg_wait(&wg);
	puts("ok");
	return 0;
}
