// SPDX-License-Identifier: MIT
// Shows that deferred calls work at each level of deep recursion, while the stack grows, moves and
// is extended by segments below pinned frames. Panics go through all of it, with yields in between.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <stdarg.h>

#include "extra/check.h"

static thrum_wg wg;

struct sum {
	long n, total;
};

static void
add(void *p)
{
	long *v = p;
	v[1] += v[0];
	if (v[0] % 97 == 0)
		thrum_yield();
}

static void down(struct sum *s, int n, int pinned);

// A variadic function pins the stack: below it, growth makes segments.
static int
variadic(struct sum *s, int n, ...)
{
	va_list ap;
	long v[2] = {0, 0};
	char big[300];
	memset(big, n, sizeof big);
	va_start(ap, n);
	THRUM_DEFER(add, v);
	down(s, n - 1, 1);
	int r = va_arg(ap, int);
	va_end(ap);
	return r + big[5];
}

static void
count(void *p)
{
	struct sum *s = p;
	s->n++;
}

static void
down(struct sum *s, int n, int pinned)
{
	long v[2] = {n, 0};
	char local[100];
	memset(local, n, sizeof local);
	THRUM_DEFER(count, s);
	THRUM_DEFER(add, v);
	if (n <= 0)
		thrum_panicf("bottom %d", pinned);
	if (pinned && n % 50 == 0)
		variadic(s, n, 1, 2, 3);
	down(s, n - 1, pinned);
	CHECK(local[3] == (char)n); // never
}

// The stack that a deferred function needs itself, on top of all the rest.
static void
use(void *arg)
{
	struct sum *s = arg;
	char b[20000];
	memset(b, 1, sizeof b);
	for (size_t i = 0; i < sizeof b; i += 100)
		s->total += b[i];
}

static void
stop(void *arg, thrum_panicinfo *p)
{
	struct sum *s = arg;
	if (thrum_recover(p))
		s->total += 1000000;
}

static int
guarded(int n, int pinned)
{
	struct sum s = {0, 0};
	THRUM_DEFER_RECOVER(stop, &s, (int)(s.n == n + 1 && s.total == 1000200));
	THRUM_DEFER(use, &s);
	down(&s, n, pinned);
	return 0;
}

static void
body(void *arg)
{
	THRUM_DEFER(thrum_wg_done, &wg);
	int id = (int)(intptr_t)arg;
	for (int i = 0; i < 3; i++) {
		CHECK(guarded(30 + id * 11, 0));
		thrum_yield();
		CHECK(guarded(100 + id * 30, 1));
	}
}

// Panics and recoveries at each level on the way up: what a landing restores is right for the next.
static int
ladder(int n)
{
	volatile int got = 0;
	char local[64];
	memset(local, n, sizeof local);
	THRUM_TRY {
		if (n > 0)
			got = ladder(n - 1);
		thrum_panicf("%d", n);
	} THRUM_CATCH(p) {
		CHECK(atoi(p->text) == n && local[7] == (char)n);
	}
	return got + 1;
}

int
main(void)
{
	CHECK(guarded(2000, 0));
	CHECK(guarded(2000, 1));
	CHECK(ladder(500) == 501);
	thrum_wg_add(&wg, 20);
	for (int i = 0; i < 20; i++)
		CHECK(thrum_go(body, (void *)(intptr_t)i) == 0);
	thrum_wg_wait(&wg);
	puts("ok");
	return 0;
}
