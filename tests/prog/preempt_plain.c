// SPDX-License-Identifier: MIT
// Shows that code not built by thrumcc is never interrupted: on one P no other goroutine runs
// beside it, and the statistics count that.
// thrum-only
// extra: preempt_plain_x.c=gcc
// env: THRUM_PROCS=1 THRUM_DEBUG=preemptstorm=20
// levels: O2
// out: ok
#include "extra/storm.h"

void plain_goroutine(void *);
extern volatile int *plain_other;
extern volatile uint64_t plain_changed, plain_rounds;

static volatile int other;
static _Atomic int stop;

static void
counts(void *arg)
{
	(void)arg;
	while (!stop)
		other++;
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_preempt_stats a, b;
	alarm(100);
	plain_other = &other;
	plain_rounds = 100000000;
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(counts, NULL) == 0);
	while (!enough(20)) // the two of us take turns
		;
	thrum_get_preempt_stats(&a);
	CHECK(thrum_go(plain_goroutine, NULL) == 0);
	while (plain_changed == ~(uint64_t)0)
		;
	thrum_get_preempt_stats(&b);
	CHECK(plain_changed == 0);
	CHECK(b.foreign > a.foreign);
	stop = 1;
	thrum_wg_wait(&wg);
	puts("ok");
	return 0;
}
