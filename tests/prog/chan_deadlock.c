// SPDX-License-Identifier: MIT
// Shows that a deadlock names what each goroutine waits for, and on which channel.
// modes: normal stackmove storm (the thread that sends signals might wake a goroutine)
// want: fatal error: all goroutines are asleep - deadlock!
// err: goroutine 1 [chan receive 0x
// err: goroutine 2 [chan send 0x
// err: goroutine 3 [select 0x
// levels: O0 O2
// thrum-only
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_chan *c;

static void
sender(void *arg)
{
	(void)arg;
	thrum_chan_send(c, "x");
}

static void
chooser(void *arg)
{
	thrum_selcase k[] = { { (thrum_chan *)arg, NULL, false, false }, { (thrum_chan *)arg, (void *)"y", true, false } };
	thrum_select(k, 2, -1);
}

int
main(void)
{
	thrum_chan *d = thrum_chan_make(1, 0), *e = thrum_chan_make(1, 0);
	c = thrum_chan_make(1, 0);
	CHECK(c && d && e && thrum_go(sender, NULL) == 0 && thrum_go(chooser, d) == 0);
	thrum_chan_recv(e, NULL);
	puts("never");
	return 0;
}
