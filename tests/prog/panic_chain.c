// SPDX-License-Identifier: MIT
// Shows the report of a chain: which panics were recovered, which came up in deferred calls; a
// thrum_goexit among them is not shown.
// want: fatal error: panic: first [recovered]
// err: 	panic: second
// err: 	panic: third
// err: fourth(...)
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

static void
anew(void *unused, thrum_panicinfo *p)
{
	(void)unused;
	if (thrum_recover(p))
		thrum_panic("second");
}

static void
fourth(void *unused)
{
	(void)unused;
	thrum_panic("third");
}

static void
quiet(void *unused, thrum_panicinfo *p)
{
	(void)unused;
	THRUM_TRY {
		thrum_panic("not shown");
	} THRUM_CATCH(q) {
		CHECK(p != q);
	}
}

static void
last(void *unused, thrum_panicinfo *p)
{
	(void)unused;
	CHECK(thrum_recover(p));
}

static void
over(void) // three that end together are not in the chain
{
	THRUM_DEFER_RECOVER(last, NULL, );
	THRUM_DEFER(fourth, NULL);
	THRUM_DEFER_RECOVER(anew, NULL, );
	thrum_panic("over");
}

int
main(void)
{
	over();
	THRUM_DEFER(fourth, NULL);
	THRUM_DEFER_RECOVER(quiet, NULL, 1);
	THRUM_DEFER_RECOVER(anew, NULL, 1);
	thrum_panic("first");
}
