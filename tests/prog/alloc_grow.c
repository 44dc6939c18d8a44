// SPDX-License-Identifier: MIT
// Shows that an object that grows to 16 MB in steps of 4 KB moves fewer than 60 times. It keeps its
// bytes. Shrunk again, it gives memory back. An object of 40 MB is resident until it is freed.
// thrum-only
// out: ok
#include <stdio.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

#define STEP 4096
#define N 4096

static long
resident(void)
{
	long all, pages;
	FILE *f = fopen("/proc/self/statm", "r");
	CHECK(f && fscanf(f, "%ld %ld", &all, &pages) == 2);
	fclose(f);
	return pages * 4096;
}

static void
verylarge(void)
{
	long had = resident();
	for (int i = 0; i < 2; i++) {
		char *p = thrum_calloc(40, 1 << 20);
		CHECK(p && p[0] == 0 && p[39 << 20] == 0);
		memset(p, 1, 40 << 20);
		CHECK(resident() - had >= 39 << 20);
		thrum_free(p);
		CHECK(resident() - had < 4 << 20);
	}
}

int
main(void)
{
	char *p = NULL;
	int moves = 0;
	verylarge();
	for (size_t i = 0; i < N; i++) {
		char *q = thrum_realloc(p, (i + 1) * STEP);
		CHECK(q);
		moves += q != p;
		p = q;
		p[i * STEP] = (char)i;
		p[(i + 1) * STEP - 1] = (char)(i + 1);
	}
	CHECK(moves < 60);
	CHECK(thrum_usable_size(p) <= (size_t)N * STEP * 5 / 4);
	for (size_t i = 0; i < N; i++)
		CHECK(p[i * STEP] == (char)i && p[(i + 1) * STEP - 1] == (char)(i + 1));
	CHECK((p = thrum_realloc(p, 100000)) && thrum_usable_size(p) < 200000);
	CHECK(p[24 * STEP] == 24);
	CHECK((p = thrum_realloc(p, 10)) && thrum_usable_size(p) < 100 && p[0] == 0);
	thrum_free(p);
	puts("ok");
	return 0;
}
