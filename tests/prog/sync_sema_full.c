// SPDX-License-Identifier: MIT
// Shows that a semaphore cannot hold more units than its count.
// want: fatal error: thrum_sema holds too many units
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
	thrum_sema s = {UINT32_MAX - 1};
	thrum_sema_release(&s);
	CHECK(s.count == UINT32_MAX);
	thrum_sema_release(&s);
	puts("never");
	return 0;
}
