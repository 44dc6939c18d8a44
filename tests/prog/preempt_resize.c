// SPDX-License-Identifier: MIT
// Shows that the number of ps may change under goroutines that compute and never check, and are
// stopped all the time.
// thrum-only
// env: THRUM_DEBUG=preemptstorm=20
// levels: O0 O2
// out: ok
#include "extra/storm.h"

static _Atomic int stop;

static void
worker(void *arg)
{
	uint64_t id = (uint64_t)arg + 1;
	while (!stop) {
		uint64_t x = id, y = id;
		for (int i = 0; i < 200000; i++)
			x = x * 6364136223846793005u + id;
		for (int i = 0; i < 100000; i++)
			y = (y * 6364136223846793005u + id) * 6364136223846793005u + id;
		CHECK(x == y);
	}
	thrum_wg_done(&wg);
}

int
main(void)
{
	static const int sizes[] = {1, 2, 4, 3, 1, 8, 2};
	alarm(100);
	thrum_wg_add(&wg, 5);
	for (long i = 0; i < 5; i++)
		CHECK(thrum_go(worker, (void *)i) == 0);
	for (int i = 0; i < 40 || !enough(300); i++) {
		thrum_maxprocs(sizes[i % 7]);
		CHECK(thrum_maxprocs(0) == sizes[i % 7]);
		usleep(1000);
	}
	stop = 1;
	thrum_wg_wait(&wg);
	puts("ok");
	return 0;
}
