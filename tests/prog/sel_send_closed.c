// SPDX-License-Identifier: MIT
// Shows that a select that sends on a closed channel ends in a fatal error.
// want: fatal error: send on closed channel
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

int
main(void)
{
	THRUM_CHAN(int) c = thrum_chan_of(int, 0), d = thrum_chan_of(int, 0);
	int v = 1;
	CHECK(c && d);
	THRUM_CLOSE(c);
	THRUM_SELECT {
	THRUM_ON_RECV(d, &v) {
		puts("received");
	}
	THRUM_ON_SEND(c, &v) {
		puts("sent");
	}
	}
	puts("never");
	return 0;
}
