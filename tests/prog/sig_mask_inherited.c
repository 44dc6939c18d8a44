// SPDX-License-Identifier: MIT
// Shows that the runtime's threads inherit the signal mask that main has set before its first
// thrum_go: a signal to the process comes only to the thread that waits for it.
// thrum-only
// out: ok
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <thrum.h>
#include <unistd.h>

#define SIGNALS 30

static thrum_wg wg;
static sigset_t set;
static atomic_int got, blocked;

static void
takes(void *arg)
{
	int sig;
	(void)arg;
	while (got < SIGNALS && sigwait(&set, &sig) == 0)
		got++;
	thrum_wg_done(&wg);
}

// Each blocks a thread, so that there are many.
static void
blocks(void *arg)
{
	sigset_t now;
	(void)arg;
	sigprocmask(SIG_BLOCK, NULL, &now);
	blocked += sigismember(&now, SIGUSR1);
	usleep(100000);
	thrum_wg_done(&wg);
}

int
main(void)
{
	alarm(60);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	thrum_wg_add(&wg, 9);
	if (thrum_go(takes, NULL) != 0)
		return 2;
	for (int i = 0; i < 8; i++)
		if (thrum_go(blocks, NULL) != 0)
			return 2;
	while (blocked < 8)
		thrum_sleep(1000000);
	for (int i = 0; i < SIGNALS; i++) {
		kill(getpid(), SIGUSR1);
		while (got <= i)
			thrum_sleep(100000);
	}
	thrum_wg_wait(&wg);
	puts("ok");
	return 0;
}
