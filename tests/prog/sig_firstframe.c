// SPDX-License-Identifier: MIT
//
// Shows that no memory is forgotten when a signal handler is the first to take an unsafe frame on a
// goroutine, at any instruction of a switch. Each goroutine is stepped from a signal on, and the
// n-th trap is where the handler takes one: n is another in each. When all have ended, no chunk is
// in use but those of the scheduler and main.
//
// thrum-only
// levels: O2
// modes: normal stackmove storm (it counts the chunks in use, and other handlers take some)
// env: THRUM_PROCS=1

#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <thrum.h>
#include <thrum/abi.h>

#include "extra/steps.h"

#define STEPS 700

static volatile int left; // traps until the handler takes a frame
static thrum_wg wg;
static thrum_chan *chan;

static __attribute__((noinline)) void
frame(void)
{
	volatile char b[100];
	volatile char *volatile p = b;
	memset((char *)p, 1, sizeof b);
}

static void
trap(int sig, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs, *flags = &r[REG_EFL];
	(void)info;
	if (sig == SIGUSR1)
		*flags |= TF;
	else if (blocks(r) || --left <= 0)
		*flags &= ~(greg_t)TF;
	if (left == 0) {
		left = -1;
		frame();
	}
}

static void
yields(void *arg)
{
	left = (int)(long)arg;
	raise(SIGUSR1);
	thrum_yield();
	thrum_wg_done(&wg);
}

static void
waits(void *arg)
{
	left = (int)(long)arg;
	raise(SIGUSR1);
	thrum_chan_recv(chan, NULL);
	thrum_wg_done(&wg);
}

static void
ends(void *arg)
{
	thrum_wg_done(&wg);
	left = (int)(long)arg;
	raise(SIGUSR1);
}

// unsafe returns the bytes of unsafe frames when no other goroutine is left, without those of the
// threads' schedulers.
static long
unsafe(void)
{
	thrum_stats s;
	do {
		thrum_yield();
		thrum_get_stats(&s);
	} while (s.goroutines > 1);
	return (long)s.unsafe_bytes - (long)s.threads * THRUM_UCHUNK;
}

int
main(void)
{
	void (*const kinds[])(void *) = {yields, waits, ends};
	struct sigaction a = {.sa_sigaction = trap, .sa_flags = SA_SIGINFO | SA_RESTART};
	int bad = 0;
	sigaction(SIGTRAP, &a, NULL);
	sigaction(SIGUSR1, &a, NULL);
	chan = thrum_chan_make(0, 0);
	for (int k = 0; k < 3; k++) {
		long before = unsafe();
		for (long n = 1; n <= STEPS; n++) {
			thrum_wg_add(&wg, 1);
			if (thrum_go(kinds[k], (void *)n) != 0)
				return 2;
			thrum_yield();
			left = -1;
			if (k == 1)
				thrum_chan_send(chan, NULL);
			thrum_wg_wait(&wg);
		}
		long more = unsafe() - before; // a thread may be about to start
		if (more > 2 * THRUM_UCHUNK) {
			printf("kind %d: %ld bytes of unsafe frames are forgotten\n", k, more);
			bad = 1;
		}
	}
	if (!bad)
		puts("ok");
	return bad;
}
