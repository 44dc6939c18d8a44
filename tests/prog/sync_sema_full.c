// SPDX-License-Identifier: MIT
// Shows that a semaphore that is given more units than its count is a fatal error.
// want: fatal error: thrum_sema_release: the count exceeds 2^32 - 1
// thrum-only
// levels: O0 O2
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <pthread.h>
#include <thrum.h>

#include "extra/check.h"

int
main(void)
{
	thrum_sema s = {UINT32_MAX - 1};
	thrum_sema_release(&s);
	CHECK(s.count == UINT32_MAX);
	thrum_sema_release(&s);
	puts("never");
	return 0;
}
