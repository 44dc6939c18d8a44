// SPDX-License-Identifier: MIT
// Shows that an attempt to send on a closed channel is a fatal error too.
// want: fatal error: send on closed channel
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
	THRUM_CHAN(int) c = thrum_chan_of(int, 2);
	CHECK(c);
	THRUM_CLOSE(c);
	CHECK(THRUM_TRYSEND(c, 1) == 1);
	puts("never");
	return 0;
}
