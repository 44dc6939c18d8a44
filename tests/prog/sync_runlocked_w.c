// SPDX-License-Identifier: MIT
// Shows that a reader's unlock of what a writer has is a fatal error.
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

#define CHECK(x) do { if (!(x)) { fprintf(stderr, "line %d: %s\n", __LINE__, #x); exit(1); } } while (0)

int
main(void)
{
	thrum_rwmutex rw = {0};
	thrum_rwmutex_lock(&rw);
	thrum_rwmutex_runlock(&rw);
	puts("never");
	return 0;
}
