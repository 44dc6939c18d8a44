// SPDX-License-Identifier: MIT
// Shows that closing NULL is a fatal error.
// want: fatal error: close of nil channel
// err: goroutine 1 [running]:
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
	thrum_chan_close(NULL);
	puts("never");
	return 0;
}
