// SPDX-License-Identifier: MIT
// Burns time at the end of known call chains, for perf.sh.
#include <stdarg.h>
#include <thrum.h>

#define N __attribute__((noinline))
#define ROUNDS 400000000 // some 0.1 s where a store costs nothing, and 0.6 s where it does

long foreign_spin(long n);
static volatile long sink;
static thrum_wg wg;

struct huge {
	long a[300];
} huge;

N static void
burn(void)
{
	for (int i = 0; i < ROUNDS; i++)
		sink += i;
}

N static void
middle(int n)
{
	if (n > 0)
		middle(n - 1);
	else
		burn();
	sink++;
}

N static void
grown(void *arg)
{
	(void)arg;
	middle(60); // the stack has moved by then
	thrum_wg_done(&wg);
}

N long
burnhuge(struct huge h)
{
	burn();
	return h.a[1];
}

N static long
below(long n)
{
	return burnhuge(huge) + n; // in a linked segment
}

N static long
pins(int n, ...)
{
	va_list ap;
	va_start(ap, n);
	long r = below(va_arg(ap, long)) + n;
	va_end(ap);
	return r;
}

N static void
segmented(void *arg)
{
	(void)arg;
	sink += pins(1, 5l);
	thrum_wg_done(&wg);
}

N static void
crossing(void *arg)
{
	(void)arg;
	sink += foreign_spin(ROUNDS);
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_wg_add(&wg, 3);
	if (thrum_go(grown, 0) != 0 || thrum_go(segmented, 0) != 0 || thrum_go(crossing, 0) != 0)
		return 1;
	thrum_wg_wait(&wg);
	return 0;
}
