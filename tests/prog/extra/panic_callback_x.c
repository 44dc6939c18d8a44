// SPDX-License-Identifier: MIT
#include <string.h>
#include <thrum.h>

static int count;

static void
tally(void *n)
{
	count += *(int *)n;
}

static int
raises(int n)
{
	int one = 1;
	THRUM_DEFER(tally, &one);
	if (n == 1)
		thrum_panicf("foreign %d", n);
	return raises(n - 1) + one;
}

// Returns how many deferred calls have run.
int
foreign_deep(int n)
{
	volatile int r = -1;
	count = 0;
	THRUM_TRY {
		raises(n);
	} THRUM_CATCH(p) {
		r = strcmp(p->text, "foreign 1") == 0 ? count : -2;
	}
	return r;
}

static void
never(void *unused, thrum_panicinfo *p)
{
	(void)unused;
	if (p)
		__builtin_trap();
}

int
foreign_guard(int (*fn)(int), int n)
{
	THRUM_DEFER_RECOVER(never, NULL, -1);
	return fn(n);
}
