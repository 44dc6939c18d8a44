// SPDX-License-Identifier: MIT
// Shows that other goroutines may write a goroutine's locals through pointers while it is parked
// and while its stack moves.
// env: THRUM_PROCS=1
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

struct slot { int *p; long *sum; char *text; thrum_g *g; int stop; };
static struct slot slots[20];
static thrum_wg wg;

__attribute__((noinline)) static int
grow(int n, int *watched)
{
	char b[100];
	memset(b, n, sizeof b);
	char *volatile p = b;
	if (n % 8 == 0)
		thrum_yield(); // writers run while this stack is long
	int before = *watched;
	int r = n ? grow(n - 1, watched) : 0;
	CHECK(*watched >= before);
	return r + (p[99] == (char)n);
}

static void
owner(void *arg)
{
	struct slot *s = arg;
	int n = 0;
	long sum = 0;
	char text[40] = "";
	s->p = &n;
	s->sum = &sum;
	s->text = text;
	s->g = thrum_self();
	thrum_park();
	CHECK(n >= 1 && sum == 5L * n * (n + 1));
	CHECK(grow(200, &n) == 201);
	while (n < 100)
		thrum_yield();
	CHECK(n == 100 && sum == 10 * 100 * 101 / 2 && !strcmp(text, "n=100"));
	thrum_wg_done(&wg);
}

static void
writer(void *arg)
{
	struct slot *s = arg;
	for (int i = 1; i <= 100; i++) {
		++*s->p;
		*s->sum += 10 * i;
		snprintf(s->text, 40, "n=%d", i);
		if (i == 1)
			thrum_ready(s->g);
		thrum_yield();
	}
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_wg_add(&wg, 40);
	for (int i = 0; i < 20; i++)
		CHECK(thrum_go(owner, &slots[i]) == 0);
	for (int i = 0; i < 20; i++)
		while (!slots[i].g)
			thrum_yield();
	for (int i = 0; i < 20; i++)
		CHECK(thrum_go(writer, &slots[i]) == 0);
	thrum_wg_wait(&wg);
	puts("ok");
	return 0;
}
