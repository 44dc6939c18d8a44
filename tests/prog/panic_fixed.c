// SPDX-License-Identifier: MIT
// Shows that panics work in code built by gcc: in goroutines with fixed stacks, on a thread that
// runs no goroutine, in a foreign call; and in thrumcc's code on such a thread.
// thrum-only
// extra: panic_fixed_x.c=gcc
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <pthread.h>

#include "extra/check.h"

void panic_fixed(int rounds);
void panic_fixed_goroutine(void *wg);

static thrum_wg wg;

static void
rec(void *p, thrum_panicinfo *info)
{
	if (thrum_recover(info))
		*(int *)p = 9;
}

static void
down(int n)
{
	char b[500];
	memset(b, n, sizeof b);
	char *volatile q = b;
	THRUM_DEFER(free, malloc(10));
	if (n == 0)
		thrum_panic("on a thread");
	down(n - 1);
	CHECK(q[3]);
}

static int
ours(int n)
{
	int r = 0;
	THRUM_DEFER_RECOVER(rec, &r, r);
	down(n);
	return 1;
}

static void *
thread(void *unused)
{
	(void)unused;
	for (int i = 0; i < 300; i++) {
		panic_fixed(1);
		CHECK(ours(i % 40) == 9);
	}
	return NULL;
}

int
main(void)
{
	pthread_t t[2];
	for (int i = 0; i < 2; i++)
		CHECK(pthread_create(&t[i], NULL, thread, NULL) == 0);
	thrum_wg_add(&wg, 50);
	for (int i = 0; i < 50; i++)
		CHECK(thrum_go(panic_fixed_goroutine, &wg) == 0);
	panic_fixed(100); // a foreign call: on the system stack
	thrum_wg_wait(&wg);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	puts("ok");
	return 0;
}
