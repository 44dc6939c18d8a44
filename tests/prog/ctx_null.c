// SPDX-License-Identifier: MIT
// Shows that NULL is no context.
// want: fatal error: a context is NULL
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
	return thrum_ctx_with_cancel(NULL) != NULL;
}
