// SPDX-License-Identifier: MIT
// Shows that a select without cases blocks for ever.
// modes: normal stackmove storm (the thread that sends signals might wake a goroutine)
// want: fatal error: all goroutines are asleep - deadlock!
// err: goroutine 1 [select (no cases)
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
	THRUM_SELECT {
	}
	puts("never");
	return 0;
}
