// SPDX-License-Identifier: MIT
// Shows that no thread on which goroutines run blocks a signal that the program does not, whichever
// thread has started it.
// thrum-only
// out: 0 blocked
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <thrum.h>
#include <unistd.h>

static thrum_wg wg;
static _Atomic int blocked;

static void
work(void *arg)
{
	for (int i = 0; i < 20; i++) {
		sigset_t now;
		usleep(500); // long enough that others get the p, and new threads
		pthread_sigmask(SIG_SETMASK, NULL, &now);
		for (int sig = 1; sig < 32; sig++)
			blocked += sigismember(&now, sig);
	}
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_wg_add(&wg, 20);
	for (int i = 0; i < 20; i++)
		if (thrum_go(work, NULL) != 0)
			return 1;
	thrum_wg_wait(&wg);
	printf("%d blocked\n", blocked);
	return 0;
}
