// SPDX-License-Identifier: MIT
// Shows that thrum_goexit runs all deferred calls, that none of them can recover it, and how panics
// and thrum_goexit affect one another.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"
#include "extra/saylog.h"

static thrum_wg wg;
static void
rec(void *name, thrum_panicinfo *p)
{
	strcat(said, name);
	strcat(said, p ? p->text : "-");
	if (p)
		CHECK(thrum_recover(p));
}

static void
leave(void *unused)
{
	(void)unused;
	THRUM_DEFER(say, "l");
	thrum_goexit();
}

static void
raises(void *text)
{
	thrum_panic(text);
}

static void
raisesandrecovers(void *text)
{
	THRUM_DEFER_RECOVER(rec, "i", );
	thrum_panic(text);
}

static void
case1(void) // through several functions
{
	THRUM_DEFER(say, "1");
	leave(NULL);
}

static void
case2(void) // nothing to recover, no block catches it
{
	THRUM_DEFER(say, "o");
	THRUM_DEFER_RECOVER(rec, "r", );
	THRUM_TRY {
		leave(NULL);
	} THRUM_CATCH(p) {
		say("never");
	}
	say("never");
}

static void
case3(void) // called by a deferred function of a panic: the panic is over, nobody recovers it
{
	THRUM_DEFER_RECOVER(rec, "r", );
	THRUM_DEFER(leave, NULL);
	thrum_panic("P");
}

static void
case4(void) // a panic in a deferred function of it, recovered by an older one: the goexit goes on
{
	THRUM_DEFER(say, "o");
	THRUM_DEFER_RECOVER(rec, "2", );
	THRUM_DEFER_RECOVER(rec, "r", );
	THRUM_DEFER(raises, "P");
	leave(NULL);
}

static void
case5(void) // ... recovered within it: likewise
{
	THRUM_DEFER_RECOVER(rec, "r", );
	THRUM_DEFER(raisesandrecovers, "P");
	leave(NULL);
}

static void
case6(void) // ... caught by an older block: the goexit goes on
{
	THRUM_DEFER(say, "o");
	THRUM_TRY {
		THRUM_DEFER(raises, "P");
		leave(NULL);
	} THRUM_CATCH(p) {
		say("never");
	}
}

static void
case7(void) // twice, the second in a deferred call of the first
{
	THRUM_DEFER(say, "1");
	THRUM_DEFER(leave, NULL);
	THRUM_DEFER(say, "2");
	leave(NULL);
}

static void
case8(void) // panic, goexit in its deferred call, panic in that one's
{
	THRUM_DEFER(say, "o");
	THRUM_DEFER_RECOVER(rec, "r", );
	THRUM_DEFER(raises, "Q");
	THRUM_DEFER(leave, NULL);
	thrum_panic("P");
}

static void
case9(void) // deep, with growth
{
	char b[3000];
	static int n;
	memset(b, n, sizeof b);
	char *volatile q = b;
	THRUM_DEFER(say, n % 20 == 0 ? "." : "");
	if (++n > 100)
		thrum_goexit();
	case9();
	CHECK(q[0] != 0); // never
}

static void
run(void *fn)
{
	THRUM_DEFER(thrum_wg_done, &wg);
	((void (*)(void))fn)();
	say("returned");
}

static void
one(void (*fn)(void))
{
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(run, (void *)fn) == 0);
	thrum_wg_wait(&wg);
}

int
main(void)
{
	thrum_stats st;
	one(case1);
	CHECK(is("l1"));
	one(case2);
	CHECK(is("lr-o"));
	one(case3);
	CHECK(is("lr-"));
	one(case4);
	CHECK(is("lrP2-o"));
	one(case5);
	CHECK(is("liPr-"));
	one(case6);
	CHECK(is("lo"));
	one(case7);
	CHECK(is("l2l1"));
	one(case8);
	CHECK(is("lrQo"));
	one(case9);
	CHECK(is("......"));
	do {
		thrum_yield();
		thrum_get_stats(&st);
	} while (st.goroutines != 1);
	puts("ok");
	return 0;
}
