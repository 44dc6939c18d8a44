// SPDX-License-Identifier: MIT
// Shows that closing a closed channel is a fatal error.
// want: fatal error: close of closed channel
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
	thrum_chan *c = thrum_chan_make(1, 0);
	CHECK(c);
	thrum_chan_close(c);
	thrum_chan_close(c);
	puts("never");
	return 0;
}
