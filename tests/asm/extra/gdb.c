// SPDX-License-Identifier: MIT
//
// gdb.c - goroutines in every state, for gdb.sh. They are parked, frozen, in a wait group, parked
// in a linked segment, in a callback from foreign code, or locked to a thread. Others are in a
// foreign call whose p is gone, back from one without a p, running, stopped in a prologue where
// they have given way, or not begun.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <unistd.h>

#define N __attribute__((noinline))

long foreign_apply(long (*fn)(long), long n);

static thrum_wg wg;
static thrum_g *_Atomic tofreeze;
static volatile long sink;
static int pipes[2];

N static void
sleeper(int depth)
{
	int local = depth * 100;
	if (depth == 0)
		thrum_park();
	else
		sleeper(depth - 1);
	sink += local;
}

static void
parked(void *arg)
{
	(void)arg;
	sleeper(3);
	sink++;
}

static void
frozen(void *arg)
{
	(void)arg;
	tofreeze = thrum_self();
	sleeper(2);
	sink++;
}

static void
waiting(void *arg)
{
	(void)arg;
	thrum_wg_wait(&wg);
	sink++;
}

static void
locked(void *arg)
{
	(void)arg;
	thrum_lock_thread();
	sleeper(0);
	sink++;
}

static void
blocked(void *arg)
{
	char c;
	(void)arg;
	sink += read(pipes[0], &c, 1);
	sink++;
}

static void
comesback(void *arg)
{
	(void)arg;
	for (;;)
		sink += usleep(500);
}

N static void
compute(long n)
{
	if (n > 0)
		compute(n - 1);
	sink++;
}

static void
computes(void *arg)
{
	(void)arg;
	for (;;)
		compute(5);
}

N static void
spin(void)
{
	for (;;)
		sink++;
}

static void
spins(void *arg)
{
	(void)arg;
	spin();
	sink++;
}

static void
fresh(void *arg)
{
	(void)arg;
	sink++;
}

struct huge {
	long a[300];
} huge;

N long
takehuge(struct huge h)
{
	sleeper(1);
	return h.a[1];
}

N static long
insegment(long n)
{
	return takehuge(huge) + n;
}

N static long
pins(int n, ...)
{
	va_list ap;
	va_start(ap, n);
	long r = insegment(va_arg(ap, long));
	va_end(ap);
	return r;
}

static void
segmented(void *arg)
{
	(void)arg;
	sink += pins(1, 5l);
}

N static long
hook(long n)
{
	sleeper((int)n);
	return n;
}

static void
calledback(void *arg)
{
	(void)arg;
	sink += foreign_apply(hook, 1);
}

N static void
stophere(void)
{
	sink++;
}

int
main(void)
{
	thrum_wg_add(&wg, 1);
	if (pipe(pipes) != 0)
		return 1;
	static void (*const fns[])(void *) = {
		parked, frozen, waiting, segmented, calledback, locked, blocked, computes, computes, computes, spins, spins, comesback, comesback, comesback,
	};
	for (unsigned i = 0; i < sizeof fns / sizeof *fns; i++)
		if (thrum_go(fns[i], NULL) != 0)
			return 1;
	while (!tofreeze || thrum_freeze(tofreeze) != 0)
		thrum_yield();
	for (;;) {
		for (int i = 0; i < 2000; i++)
			compute(5);
		if (thrum_go(fresh, NULL) != 0)
			return 1;
		stophere();
	}
}
