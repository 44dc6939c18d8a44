// SPDX-License-Identifier: MIT
// Shows that setjmp and longjmp work within goroutines, with yields, moves and other goroutines'
// jumps in between.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <setjmp.h>

#include "extra/check.h"

static thrum_wg wg;

__attribute__((noinline)) static int
down(int n, jmp_buf *b, int v)
{
	char t[70];
	memset(t, n, sizeof t);
	char *volatile p = t;
	if (n % 8 == 0)
		thrum_yield();
	if (n == 0)
		longjmp(*b, v);
	return down(n - 1, b, v) + p[3];
}

static void
body(void *arg)
{
	jmp_buf b;
	int id = (int)(intptr_t)arg, seen[4] = { 0 };
	int *volatile ps = seen;
	volatile int rounds = 0;
	int r = setjmp(b);
	thrum_yield();
	ps[r % 4]++;
	if (rounds < 12) {
		rounds++;
		down(id + rounds * 10, &b, rounds);
		CHECK(0);
	}
	CHECK(r == 12 && ps[0] == 4 && ps[1] == 3 && ps[2] == 3 && ps[3] == 3);
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_wg_add(&wg, 40);
	for (int i = 0; i < 40; i++)
		CHECK(thrum_go(body, (void *)(intptr_t)i) == 0);
	thrum_wg_wait(&wg);
	puts("ok");
	return 0;
}
