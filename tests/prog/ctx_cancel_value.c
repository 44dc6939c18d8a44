// SPDX-License-Identifier: MIT
// Shows that only what can be cancelled can be cancelled.
// want: fatal error: cancel of a context that has none of its own
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#define CHECK(x) do { if (!(x)) { fprintf(stderr, "line %d: %s\n", __LINE__, #x); exit(1); } } while (0)
int
main(void)
{
	static char key;
	thrum_ctx *a = thrum_ctx_with_cancel(thrum_ctx_background());
	thrum_ctx_cancel(thrum_ctx_with_value(a, &key, &key));
	return 0;
}
