// SPDX-License-Identifier: MIT
// Shows that a goroutine stopped by signals gets back every register, flag, control word and red
// zone byte as it was.
// thrum-only
// extra: allregs.c
// env: THRUM_PROCS=2 THRUM_DEBUG=preemptstorm=20
// out: ok
// modes: normal stackmove storm (its assembly cannot be unwound)
#include "extra/allregs.h"
#include "extra/storm.h"

#define WORKERS 5

static void
worker(void *arg)
{
	uint64_t id = (uint64_t)arg + 1;
	allregs *pair = aligned_alloc(64, 2 * sizeof *pair);
	int kinds = allregs_best() + 1;
	CHECK(pair != NULL);
	for (uint64_t i = 0; !enough(1500); i++)
		CHECK(allregs_check(pair, (int)(i % (uint64_t)kinds), id << 32 | i, 1 + i * 977 % 30000) == 0);
	free(pair);
	thrum_wg_done(&wg);
}

int
main(void)
{
	alarm(100);
	each(WORKERS, worker);
	puts("ok");
	return 0;
}
