// SPDX-License-Identifier: MIT
// Shows that memory that stays free goes back to the kernel, while the program sleeps: some seconds
// after a peak of 50 MB, less than 12 MB more than before are resident.
// thrum-only
// modes: normal
// levels: O1
// out: ok
#include <stdio.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

#define N 50000

static char *p[N];

static long
resident(void)
{
	long all, pages;
	FILE *f = fopen("/proc/self/statm", "r");
	CHECK(f && fscanf(f, "%ld %ld", &all, &pages) == 2);
	fclose(f);
	return pages * 4096 >> 20; // MB
}

int
main(void)
{
	long had = resident();
	for (int i = 0; i < N; i++) {
		CHECK(p[i] = thrum_malloc(1000));
		memset(p[i], 1, 1000);
	}
	CHECK(resident() - had > 40);
	for (int i = 0; i < N; i++)
		thrum_free(p[i]);
	for (int s = 0; resident() - had >= 12; s++) {
		CHECK(s < 100);
		thrum_sleep(1000000000);
	}
	puts("ok");
	return 0;
}
