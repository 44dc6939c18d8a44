// SPDX-License-Identifier: MIT
// Foreign side of unwind.c.
#include <thrum/switch.h>

long
foreign_few(long a)
{
	return a + 1;
}

long (*foreign_pointer)(long a) = foreign_few;

long
foreign_many(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j)
{
	return a + b + c + d + e + f + g + h + i + j;
}

long
foreign_apply(long (*fn)(long), long n)
{
	return fn(n) + foreign_few(1);
}

long
foreign_apply9(long (*fn)(long, long, long, long, long, long, long, long, long), long n)
{
	return fn(n, 1, 2, 3, 4, 5, 6, 7, 8) + 1;
}

// Marks for the debugger, which does what other threads would (unwind.py).
#define MARK(name) \
	__attribute__((noinline)) void name(void) \
	{ \
		__asm__ volatile(""); \
	}
MARK(mark_claim)
MARK(mark_unclaim)
MARK(mark_retake)

long
foreign_claimed(long a)
{
	mark_claim();
	return a + 1;
}

long
foreign_unclaimed(long a)
{
	mark_unclaim();
	return a;
}

long
foreign_lost(long a)
{
	mark_retake();
	return a + 1;
}

long
foreign_apply_claimed(long (*fn)(long), long n)
{
	mark_claim();
	return fn(n) + foreign_few(1);
}

static thrum_gobuf here, there, none;
static char stack[8192] __attribute__((aligned(64)));
static char stack2[8192] __attribute__((aligned(64)));

static void
bare_sysv(void *arg)
{
	(void)arg;
	for (;;)
		thrum_switch_sysv(&there, &here);
}

#ifdef THRUM_HAVE_SWITCH_CALL
static void
bare_call(void *arg)
{
	(void)arg;
	for (;;)
		thrum_switch_call(&none, &here);
}
#endif

void
foreign_bare(void)
{
	thrum_gobuf_init(&there, stack, sizeof stack, bare_sysv, 0);
	thrum_switch_sysv(&here, &there);
	thrum_switch_sysv(&here, &there);
#ifdef THRUM_HAVE_SWITCH_CALL
	thrum_gobuf_init(&none, stack2, sizeof stack2, bare_call, 0);
	thrum_switch_call(&here, &none);
	thrum_switch_call(&here, &none);
#endif
}

long
foreign_spin(long n)
{
	volatile long s = 0;
	for (long i = 0; i < n; i++)
		s += i;
	return s;
}
