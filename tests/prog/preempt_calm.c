// SPDX-License-Identifier: MIT
// Shows that the runtime disturbs a goroutine only for a reason: a lone spinner, and two on two Ps,
// get no signal and no request in half a second.
// thrum-only
// env: THRUM_PROCS=2 THRUM_QUANTUM=20us
// levels: O0 O2
// modes: normal stackmove
// out: ok
#include "extra/storm.h"

static void
second(void)
{
	struct timespec a, b;
	clock_gettime(CLOCK_MONOTONIC, &a);
	do
		clock_gettime(CLOCK_MONOTONIC, &b);
	while ((b.tv_sec - a.tv_sec) * 1000000000l + b.tv_nsec - a.tv_nsec < 500000000l);
}

// A loop without any call, about as long.
static void
loop(void)
{
	uint64_t end = ns() + 500000000u;
	while (ns() < end)
		for (volatile int i = 0; i < 1000000; i++)
			;
}

static _Atomic int running, stop;

static void
both(void *arg)
{
	(void)arg;
	running = 1;
	while (!stop)
		;
	thrum_wg_done(&wg);
}

// calm calls fn until it was not disturbed once. On a busy machine there may be a reason: after its
// sleep, main shares a P with the other goroutine until the thread of the second P gets a
// processor. The monitor, too, may carry out late what it has decided.
static void
calm(void (*fn)(void), const char *what)
{
	thrum_preempt_stats a, b;
	for (int tries = 0; tries < 10; tries++) {
		if (tries == 0)
			usleep(20000);
		thrum_get_preempt_stats(&a);
		fn();
		thrum_get_preempt_stats(&b);
		if (b.asked == a.asked && b.sent == a.sent)
			return;
		fprintf(stderr, "%s: asked %lu times, %lu signals\n", what, (unsigned long)(b.asked - a.asked), (unsigned long)(b.sent - a.sent));
	}
	CHECK(!"half a second without a request");
}

int
main(void)
{
	alarm(100);
	CHECK(thrum_set_quantum(0) == 20000);
	calm(second, "one that makes calls");
	calm(loop, "one");
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(both, NULL) == 0);
	while (!running) // it waits meanwhile
		;
	calm(loop, "two");
	stop = 1;
	thrum_wg_wait(&wg);
	puts("ok");
	return 0;
}
