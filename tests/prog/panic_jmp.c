// SPDX-License-Identifier: MIT
// Shows that longjmp drops the deferred calls of the frames that it leaves; older ones stay. A
// longjmp out of a deferred function that a panic has called ends the panic.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <setjmp.h>

#include "extra/check.h"
#include "extra/saylog.h"

static jmp_buf out;
static sigjmp_buf sigout;

static void
deeper(int n, int signals)
{
	THRUM_DEFER(say, "never");
	if (n > 0)
		deeper(n - 1, signals);
	if (signals)
		siglongjmp(sigout, 3);
	longjmp(out, 3);
}

static int
dropped(int signals)
{
	THRUM_DEFER(say, "o");
	int r = signals ? sigsetjmp(sigout, 1) : setjmp(out);
	if (r == 0) {
		THRUM_DEFER(say, "never"); // of the same function, but of a block that is left
		deeper(20, signals);
	}
	THRUM_DEFER(say, "n");
	return r;
}

static int
loop(void)
{
	volatile int turns = 0;
	setjmp(out);
	THRUM_DEFER(say, "x");
	if (turns++ < 5) {
		THRUM_DEFER(say, "never");
		longjmp(out, 1); // "x" is left, too, and registered again
	}
	return turns;
}

// After a longjmp a panic finds what is there.
static void
then(void *unused, thrum_panicinfo *p)
{
	(void)unused;
	CHECK(thrum_recover(p));
	say("r");
}

static int
panics(void)
{
	THRUM_DEFER_RECOVER(then, NULL, 4);
	THRUM_DEFER(say, "a");
	if (setjmp(out) == 0)
		deeper(3, 0);
	THRUM_DEFER(say, "b");
	thrum_panic("P");
}

static void
jumps(void *unused)
{
	(void)unused;
	THRUM_DEFER(say, "never");
	longjmp(out, 1);
}

static int
abandoned(void)
{
	THRUM_DEFER_RECOVER(then, NULL, 4); // nothing to recover when it comes to this
	if (setjmp(out) == 0) {
		THRUM_DEFER(jumps, NULL);
		thrum_panic("P");
	}
	THRUM_TRY {
		thrum_panic("Q"); // the first one
	} THRUM_CATCH(p) {
		CHECK(strcmp(p->text, "Q") == 0);
	}
	thrum_panic("R");
}

static void
within(void *unused) // a jump inside of a deferred function leaves the panic alone
{
	jmp_buf b;
	(void)unused;
	if (setjmp(b) == 0) {
		THRUM_DEFER(say, "never");
		longjmp(b, 1);
	}
	say("w");
}

static int
goeson(void)
{
	THRUM_DEFER_RECOVER(then, NULL, 4);
	THRUM_DEFER(within, NULL);
	thrum_panic("P");
}

// A deferred function of thrum_goexit jumps back: the goroutine goes on.
static thrum_wg wg;

static void
stays(void *unused)
{
	(void)unused;
	THRUM_DEFER(thrum_wg_done, &wg);
	THRUM_DEFER(say, "s");
	if (setjmp(out) == 0) {
		THRUM_DEFER(jumps, NULL);
		thrum_goexit();
	}
	say("still");
}

int
main(void)
{
	for (int i = 0; i < 3; i++) {
		CHECK(dropped(0) == 3 && is("no"));
		CHECK(dropped(1) == 3 && is("no"));
		CHECK(panics() == 4 && is("bar"));
		CHECK(abandoned() == 4 && is("r"));
		CHECK(goeson() == 4 && is("wr"));
	}
	CHECK(loop() == 6 && is("x"));
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(stays, NULL) == 0);
	thrum_wg_wait(&wg);
	CHECK(is("stills"));
	puts("ok");
	return 0;
}
