// SPDX-License-Identifier: MIT
// Shows that after a peak of twice as much the resident memory comes back to 1.2 times what is in
// use, while the program sleeps.
// thrum-only
// modes: normal
// levels: O1
// memory: 180 (100 MB of objects at the peak)
// out: ok
#include <stdio.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

#define N 50000
#define SIZE 1024

static char *p[2 * N];

static long
resident(void)
{
	long all, pages;
	FILE *f = fopen("/proc/self/statm", "r");
	CHECK(f && fscanf(f, "%ld %ld", &all, &pages) == 2);
	fclose(f);
	return pages * 4096;
}

int
main(void)
{
	long had = resident(), live = (long)N * SIZE;
	for (int i = 0; i < 2 * N; i++) {
		CHECK(p[i] = thrum_malloc(SIZE));
		memset(p[i], i, SIZE);
	}
	CHECK(resident() - had >= 2 * live);
	for (int i = N; i < 2 * N; i++)
		thrum_free(p[i]);
	for (int s = 0; resident() - had > live / 10 * 12; s++) {
		CHECK(s < 100);
		thrum_sleep(1000000000);
	}
	for (int i = 0; i < N; i++)
		for (int k = 0; k < SIZE; k++)
			CHECK(p[i][k] == (char)i);
	puts("ok");
	return 0;
}
