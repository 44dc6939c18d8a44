// SPDX-License-Identifier: MIT
// Shows that recursion without end meets the limit of thrum_set_max_stack as a fatal error, not as
// a crash.
// want: fatal error: stack overflow
// thrum-only
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

__attribute__((noinline)) static int
for_ever(volatile int *n)
{
	volatile int pad[20];
	pad[*n % 20] = 1;
	++*n;
	if (*n < 0)
		return 0;
	return for_ever(n) + pad[0];
}

int
main(void)
{
	volatile int n = 0;
	CHECK(thrum_set_max_stack(1 << 20) >= 1 << 20);
	return for_ever(&n);
}
