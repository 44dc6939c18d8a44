// SPDX-License-Identifier: MIT
// Shows that freeing a channel while a goroutine waits on it is a fatal error.
// want: fatal error: free of a channel that has waiters: let them return first, for example by thrum_chan_close
// err: main
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
receiver(void *arg)
{
	(void)arg;
	THRUM_RECV(c, NULL);
}

int
main(void)
{
	c = thrum_chan_of(int, 0);
	CHECK(c && thrum_go(receiver, NULL) == 0);
	thrum_stats s;
	do {
		thrum_yield();
		thrum_get_stats(&s);
	} while (s.waiting == 0);
	THRUM_FREE(c);
	puts("never");
	return 0;
}
