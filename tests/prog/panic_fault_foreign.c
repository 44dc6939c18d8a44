// SPDX-License-Identifier: MIT
// Shows that a fault in foreign code stays a fault. So does one in a goroutine that has not asked
// for panics, also if it was started after another that had asked.
// thrum-only
// want: signal 11
// err: fatal signal: SIGSEGV
// err: getenv
// out: first
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

static thrum_wg wg;

static void
asks(void *unused)
{
	(void)unused;
	THRUM_DEFER(thrum_wg_done, &wg);
	if (thrum_panic_on_fault(true))
		puts("it was on already");
	THRUM_TRY {
		*(volatile int *)0 = 1;
	} THRUM_CATCH(p) {
		fflush(stdout);
	}
}

int
main(void)
{
	puts("first");
	for (int i = 0; i < 3; i++) {
		thrum_wg_add(&wg, 1);
		if (thrum_go(asks, NULL) != 0)
			return 1;
		thrum_wg_wait(&wg);
		thrum_yield();
	}
	fflush(stdout);
	thrum_panic_on_fault(true);
	THRUM_TRY {
		return getenv((char *)1) != NULL;
	} THRUM_CATCH(p) {
		puts("never");
		fflush(stdout);
	}
}
