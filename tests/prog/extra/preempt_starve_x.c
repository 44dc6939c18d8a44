// SPDX-License-Identifier: MIT
//
// preempt_starve_x.c - loops that call nothing beside those that wait, on one p.
//
//	starve KIND    0 a goroutine, 1 a timer of the kernel, 2 thrum_maxprocs, 3 the return of
//	               main
#include <stdatomic.h>
#include "storm.h"

static _Atomic int stop, ran, begun;

static void
spins(void *arg)
{
	(void)arg;
	begun = 1;
	while (!stop)
		;
	thrum_wg_done(&wg);
}

static void
runs(void *arg)
{
	(void)arg;
	ran = 1;
	thrum_wg_done(&wg);
}

int
main(int argc, char **argv)
{
	int kind = argc > 1 ? atoi(argv[1]) : 0;
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(spins, NULL) == 0);
	switch (kind) {
	case 0:
		thrum_wg_add(&wg, 1);
		thrum_yield(); // to the spinner
		CHECK(thrum_go(runs, NULL) == 0);
		while (!ran)
			;
		break;
	case 1:
		usleep(1000);
		break;
	case 2:
		thrum_maxprocs(2);
		while (!begun)
			usleep(100);
		thrum_maxprocs(1);
		break;
	default:
		return 0;
	}
	stop = 1;
	thrum_wg_wait(&wg);
	puts("ok");
	return 0;
}
