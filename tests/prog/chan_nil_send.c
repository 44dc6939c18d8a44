// SPDX-License-Identifier: MIT
// Shows that a send to NULL blocks for ever, which is a deadlock if nothing else runs.
// modes: normal stackmove storm (the thread that sends signals might wake a goroutine)
// want: fatal error: all goroutines are asleep - deadlock!
// err: goroutine 1 [chan send (nil chan)
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
	THRUM_CHAN(int) c = NULL;
	THRUM_SEND(c, 1);
	puts("never");
	return 0;
}
