// SPDX-License-Identifier: MIT
//
// gdb.c - goroutines in every state, for gdb.sh: parked, frozen, in a wait group, runnable,
// not begun, parked in a linked segment, parked in a callback from foreign code.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#define N __attribute__((noinline))

long foreign_apply(long (*fn)(long), long n);

static thrum_wg wg;
static thrum_g *tofreeze;
static volatile long sink;

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
runnable(void *arg)
{
	(void)arg;
	for (;;)
		thrum_yield();
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
crash(int how)
{
	if (how)
		abort();
}

int
main(int argc, char **argv)
{
	(void)argv;
	thrum_wg_add(&wg, 1);
	static void (*const fns[])(void *) = { parked, frozen, waiting, segmented, calledback, runnable };
	for (unsigned i = 0; i < sizeof fns / sizeof *fns; i++)
		if (thrum_go(fns[i], NULL) != 0)
			return 1;
	thrum_yield();
	thrum_yield();
	if (thrum_freeze(tofreeze) != 0 || thrum_go(fresh, NULL) != 0)
		return 1;
	crash(argc > 1);
	return 0;
}
