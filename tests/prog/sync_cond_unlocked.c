// SPDX-License-Identifier: MIT
// Shows that a wait for a condition without its mutex is a fatal error.
// want: fatal error: thrum_cond_wait: the mutex is not locked; lock it first
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
	thrum_cond c = {0};
	thrum_cond_wait(&c, &m);
	puts("never");
	return 0;
}
