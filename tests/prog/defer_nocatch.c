// SPDX-License-Identifier: MIT
// Shows that a THRUM_TRY whose THRUM_CATCH was forgotten is found when a panic comes to it.
// want: fatal error: THRUM_TRY without THRUM_CATCH
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#define CHECK(x) do { if (!(x)) { fprintf(stderr, "line %d: %s\n", __LINE__, #x); exit(1); } } while (0)
int
main(void)
{
	THRUM_TRY {
		thrum_panic("swallowed?");
	}
	return 0;
}
