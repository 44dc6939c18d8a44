// SPDX-License-Identifier: MIT
// Shows that cancelling a context that was made without cancellation is a fatal error.
// want: fatal error: thrum_ctx_cancel: this context cannot be cancelled; cancel its parent, or make it by thrum_ctx_with_cancel
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
	static char key;
	thrum_ctx *a = thrum_ctx_with_cancel(thrum_ctx_background());
	thrum_ctx_cancel(thrum_ctx_with_value(a, &key, &key));
	return 0;
}
