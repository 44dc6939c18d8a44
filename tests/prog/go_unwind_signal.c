// thrum-only
// cflags: -D_GNU_SOURCE
// levels: O0 O2
//
// Shows that a handler may unwind the thread wherever its signal comes: backtrace in a SIGTRAP
// handler at every instruction, while stacks grow, are copied, shrink, and while goroutines yield,
// park, call back and resume. Each unwinding ends.
#include <execinfo.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/steps.h"

enum { WORKERS = 6, ROUNDS = 4, STEPS = 20000, DEEP = 4096 };

static thrum_wg wg;
static thrum_chan *ball;
static atomic_int left = STEPS;
static atomic_long endless, samples;

static void
look(void)
{
	static void *pc[64][DEEP];
	static atomic_uint next;
	if (backtrace(pc[atomic_fetch_add(&next, 1) % 64], DEEP) == DEEP)
		endless++;
	samples++;
}

static void
ontrap(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs, *flags = &r[REG_EFL];
	if (!blocks(r) && atomic_fetch_sub(&left, 1) > 0) {
		*flags |= TF;
		look();
	} else {
		*flags &= ~TF;
	}
}

static __attribute__((noinline)) int
down(int n, const int *up)
{
	int here = *up + 1;
	if (n == 0) {
		thrum_yield();
		return here;
	}
	return down(n - 1, &here) + (here < 0);
}

static int
compare(const void *a, const void *b)
{
	int zero = 0, token = 1;
	down(12, &zero);
	if (thrum_chan_trysend(ball, &token) <= 0)
		(void)thrum_chan_tryrecv(ball, &token);
	return *(const int *)a - *(const int *)b;
}

static void
work(void *arg)
{
	unsigned r = (unsigned)(size_t)arg;
	for (int round = 0; round < ROUNDS || left > 0; round++) {
		int zero = 0, v[6];
		r = r * 1103515245 + 12345;
		raise(SIGTRAP);
		down((int)(r >> 20 & 127), &zero);
		for (int i = 0; i < 6; i++)
			v[i] = (int)((r = r * 1103515245 + 12345) >> 8);
		if (round & 1)
			qsort(v, 6, sizeof *v, compare);
		thrum_stack_shrink();
		thrum_sleep(1000);
	}
	thrum_wg_done(&wg);
}

int
main(void)
{
	void *pc[4];
	backtrace(pc, 4); // loads the unwinder
	struct sigaction trap = {.sa_sigaction = ontrap, .sa_flags = SA_RESTART | SA_SIGINFO};
	sigaction(SIGTRAP, &trap, NULL);
	ball = thrum_chan_make(sizeof(int), 3);
	thrum_wg_add(&wg, WORKERS);
	for (size_t i = 0; i < WORKERS; i++)
		if (thrum_go(work, (void *)(i + 1)) < 0)
			return 2;
	thrum_wg_wait(&wg);
	for (int i = 0; i < 10000 && samples < STEPS; i++)
		thrum_sleep(1000000); // an idle thread may be in the last one
	if (endless || samples < STEPS)
		printf("%ld of %ld unwindings did not end\n", endless, samples);
	return endless || samples < STEPS;
}
