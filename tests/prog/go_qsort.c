// SPDX-License-Identifier: MIT
// Shows that comparators called by qsort yield and recurse in several goroutines at once, and every
// sort comes out right.
// env: THRUM_PROCS=1
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_wg wg;
static int inside, most;

__attribute__((noinline)) static int
deep(int n)
{
	char b[40];
	memset(b, n, sizeof b);
	char *volatile p = b;
	return n ? deep(n - 1) + (p[39] == (char)n) : 0;
}

static int
cmp(const void *a, const void *b)
{
	int t[2] = { *(const int *)a, *(const int *)b };
	int *volatile p = t;
	if (++inside > most)
		most = inside;
	if (t[0] % 3 == 0)
		thrum_yield();
	CHECK(deep(20) == 20);
	inside--;
	return (p[0] > p[1]) - (p[0] < p[1]);
}

static void
body(void *arg)
{
	int id = (int)(intptr_t)arg, v[50];
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 50; i++)
			v[i] = i * (id * 2 + 3) % 53;
		qsort(v, 50, sizeof v[0], cmp);
		for (int i = 1; i < 50; i++)
			CHECK(v[i - 1] <= v[i]);
		thrum_yield();
	}
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_wg_add(&wg, 8);
	for (int i = 0; i < 8; i++)
		CHECK(thrum_go(body, (void *)(intptr_t)i) == 0);
	thrum_wg_wait(&wg);
	CHECK(inside == 0 && most > 1);
	puts("ok");
	return 0;
}
