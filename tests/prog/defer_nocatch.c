// SPDX-License-Identifier: MIT
// Shows that a THRUM_TRY without its THRUM_CATCH is a fatal error when a panic reaches it.
// want: fatal error: THRUM_TRY without THRUM_CATCH: a panic was caught and has no handler
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

int
main(void)
{
	THRUM_TRY {
		thrum_panic("swallowed?");
	}
	return 0;
}
