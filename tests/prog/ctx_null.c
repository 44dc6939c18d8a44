// SPDX-License-Identifier: MIT
// Shows that the use of NULL as a context is a fatal error.
// want: fatal error: use of a context that is NULL: check what made it
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

int
main(void)
{
	return thrum_ctx_with_cancel(NULL) != NULL;
}
