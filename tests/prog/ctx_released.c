// SPDX-License-Identifier: MIT
// Shows that the use of a context after its last reference is gone is a fatal error.
// want: fatal error: use of a context after its release: keep a reference with thrum_ctx_retain
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
	thrum_ctx *a = thrum_ctx_with_cancel(thrum_ctx_background()), *b = thrum_ctx_with_cancel(a);
	thrum_ctx_release(a);
	CHECK(thrum_ctx_err(b) == 0);
	thrum_ctx_cancel(a); // b keeps it: not found, and harmless
	CHECK(thrum_ctx_err(b) == -ECANCELED);
	thrum_ctx_release(b);
	thrum_ctx_cancel(a);
	return 0;
}
