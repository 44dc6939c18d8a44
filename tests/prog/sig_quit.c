// SPDX-License-Identifier: MIT
// Shows the report of SIGQUIT for a program whose goroutines run, wait and are in foreign code, and
// that it ends with status 2.
// want: exit 2
// err: SIGQUIT: quit
// err: goroutine 4 [
// err: nap(...)
// err: goroutine 1 [wait group
// err: main(...)
// err: goroutine 2 [park
// err: stuck(...)
// err: created by main(...)
// err: goroutine 3 [
// thrum-only
// modes: normal stackmove (main may change its P between two calls, and each P has its own numbers)
#include <signal.h>
#include <stdlib.h>
#include <thrum.h>
#include <unistd.h>

static thrum_wg wg;
static volatile int turns;

__attribute__((noinline)) static void
stuck(void *arg)
{
	thrum_park();
	*(int *)arg = 1;
}

__attribute__((noinline)) static void
turn(void *arg)
{
	for (;;) {
		thrum_yield();
		turns++;
	}
}

__attribute__((noinline)) static void
nap(void *arg)
{
	while (turns < 100)
		thrum_yield();
	alarm(100);
	kill(getpid(), SIGQUIT);
	for (;;)
		pause();
}

int
main(void)
{
	int x;
	thrum_wg_add(&wg, 1);
	if (thrum_go(stuck, &x) || thrum_go(turn, NULL) || thrum_go(nap, NULL))
		return 1;
	thrum_wg_wait(&wg);
	return x;
}
