// SPDX-License-Identifier: MIT
// Shows that a function that calls itself by the same thrum_once is a fatal error.
// want: fatal error: thrum_once_do inside its own function, which would wait for itself
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

static thrum_once a, b;

static void again(void *arg);

static void
between(void *arg)
{
	thrum_once_do(&a, again, arg);
}

static void
again(void *arg)
{
	thrum_once_do(&b, between, arg);
}

int
main(void)
{
	thrum_once_do(&a, again, NULL);
	puts("never");
	return 0;
}
