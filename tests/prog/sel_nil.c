// SPDX-License-Identifier: MIT
// Shows that a select with nothing but NULL blocks for ever.
// modes: normal stackmove storm (the thread that sends signals might wake a goroutine)
// want: fatal error: all goroutines are asleep - deadlock!
// err: goroutine 1 [select
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
	int v = 0;
	THRUM_SELECT {
	THRUM_ON_RECV(c, &v) {
		puts("received");
	}
	THRUM_ON_SEND(c, &v) {
		puts("sent");
	}
	}
	puts("never");
	return 0;
}
