// SPDX-License-Identifier: MIT
// Shows that thrum_time_stop of NULL is a fatal error.
// want: fatal error: thrum_time_stop: not a timer channel; only thrum_after and thrum_tick make them
// err: main
// levels: O0 O2
// thrum-only
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

int
main(void)
{
	thrum_time_stop(NULL);
	puts("never");
	return 0;
}
