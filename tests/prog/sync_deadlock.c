// SPDX-License-Identifier: MIT
// Shows that a goroutine that locks a mutex twice is reported with what it waits for.
// modes: normal stackmove storm (the thread that sends signals might wake a goroutine)
// want: fatal error: all goroutines are asleep - deadlock!
// thrum-only
// levels: O0 O2
// err: goroutine 1 [mutex lock 0x
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
	thrum_mutex_lock(&m);
	puts("never");
	return 0;
}
