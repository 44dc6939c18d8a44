// SPDX-License-Identifier: MIT
// Shows that a select that waits to send when the channel is closed ends in a fatal error.
// want: fatal error: send on closed channel
// err: sender
// levels: O0 O2
// thrum-only
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

static THRUM_CHAN(int) c;

static void
sender(void *arg)
{
	THRUM_CHAN(int) other = thrum_chan_of(int, 0);
	int v = 1;
	(void)arg;
	THRUM_SELECT {
	THRUM_ON_RECV(other, &v) {
	}
	THRUM_ON_SEND(c, &v) {
	}
	}
	puts("never");
}

int
main(void)
{
	c = thrum_chan_of(int, 0);
	CHECK(c && thrum_go(sender, NULL) == 0);
	for (int i = 0; i < 10; i++)
		thrum_yield();
	THRUM_CLOSE(c);
	for (;;)
		thrum_yield();
	puts("never");
	return 0;
}
