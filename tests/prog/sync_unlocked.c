// SPDX-License-Identifier: MIT
// Shows that a mutex that is not locked cannot be unlocked.
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

#define CHECK(x) do { if (!(x)) { fprintf(stderr, "line %d: %s\n", __LINE__, #x); exit(1); } } while (0)

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
