// SPDX-License-Identifier: MIT
// Shows that a reader's unlock of a rwmutex that a writer holds is a fatal error.
// want: fatal error: runlock of unlocked rwmutex
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
	thrum_rwmutex rw = {0};
	thrum_rwmutex_lock(&rw);
	thrum_rwmutex_runlock(&rw);
	puts("never");
	return 0;
}
