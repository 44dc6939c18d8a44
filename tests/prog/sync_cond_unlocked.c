// SPDX-License-Identifier: MIT
// Shows that one cannot wait for a condition without its mutex.
// want: fatal error: thrum_cond_wait with an unlocked mutex
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
	thrum_cond c = {0};
	thrum_cond_wait(&c, &m);
	puts("never");
	return 0;
}
