// SPDX-License-Identifier: MIT
// Shows that a typed view of a channel whose values have another size is a fatal error.
// want: fatal error: wrong element size: the channel was made for another type
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
	thrum_chan *c = thrum_chan_make(4, 0);
	CHECK(thrum_chan_as(int, c));
	CHECK(thrum_chan_as(long, c));
	puts("never");
	return 0;
}
