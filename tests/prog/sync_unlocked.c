// SPDX-License-Identifier: MIT
// Shows that an unlock of a mutex that is not locked is a fatal error.
// want: fatal error: unlock of unlocked mutex
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
	thrum_mutex m = {0};
	thrum_mutex_lock(&m);
	thrum_mutex_unlock(&m);
	CHECK(m.state == 0);
	thrum_mutex_unlock(&m);
	puts("never");
	return 0;
}
