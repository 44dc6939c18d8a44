// SPDX-License-Identifier: MIT
// Shows that neither a handler of the program nor the goroutine under it is stopped half way: the
// handler runs on the signal stack.
// thrum-only
// env: THRUM_PROCS=2 THRUM_DEBUG=preemptstorm=20
// levels: O0 O2
// out: ok
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include "extra/storm.h"

static _Atomic long ticks, inside, nested;

__attribute__((noinline)) static uint64_t
work(uint64_t n)
{
	return n < 2 ? n : work(n - 1) + work(n - 2);
}

// Long enough for many requests to come while it runs.
static void
tick(int sig)
{
	thrum_g *self = thrum_self();
	uint64_t sum = 0;
	(void)sig;
	if (inside++ > 0)
		nested++;
	for (volatile int i = 0; i < 20000; i++)
		sum += (uint64_t)i;
	CHECK(work(12) == 144);
	CHECK(thrum_self() == self);
	inside--;
	ticks++;
}

static void
worker(void *arg)
{
	uint64_t id = (uint64_t)arg + 1;
	while (ticks < 60 || !enough(300)) {
		uint64_t x = id, y = id;
		for (int i = 0; i < 100000; i++)
			x = x * 6364136223846793005u + id;
		for (int i = 0; i < 50000; i++)
			y = (y * 6364136223846793005u + id) * 6364136223846793005u + id;
		CHECK(x == y);
	}
	thrum_wg_done(&wg);
}

int
main(void)
{
	struct sigaction a = {.sa_handler = tick, .sa_flags = SA_RESTART};
	struct itimerval it = {{0, 1000}, {0, 1000}}, off = {{0, 0}, {0, 0}};
	alarm(100);
	CHECK(sigaction(SIGPROF, &a, NULL) == 0);
	CHECK(setitimer(ITIMER_PROF, &it, NULL) == 0);
	each(4, worker);
	CHECK(setitimer(ITIMER_PROF, &off, NULL) == 0);
	puts("ok");
	return 0;
}
