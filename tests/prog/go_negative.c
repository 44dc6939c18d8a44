// SPDX-License-Identifier: MIT
// Shows that a wait group below zero is a fatal error.
// want: fatal error: negative thrum_wg counter
// thrum-only
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

int
main(void)
{
	thrum_wg wg = { 0 };
	thrum_wg_add(&wg, 2);
	thrum_wg_done(&wg);
	thrum_wg_done(&wg);
	thrum_wg_wait(&wg);
	CHECK(wg.state == 0);
	thrum_wg_done(&wg);
	puts("never");
	return 0;
}
