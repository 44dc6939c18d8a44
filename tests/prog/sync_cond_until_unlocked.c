// SPDX-License-Identifier: MIT
// Shows that thrum_cond_wait_until without a locked mutex is a fatal error.
// want: fatal error: thrum_cond_wait_until: the mutex is not locked; lock it first
// err: main
// levels: O0 O2
// thrum-only
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

int
main(void)
{
	thrum_mutex m = {0};
	thrum_cond c = {0};
	thrum_cond_wait_until(&c, &m, 0);
	puts("never");
	return 0;
}
