// SPDX-License-Identifier: MIT
// Shows that panics work in callbacks from foreign functions, recovered inside; deferred calls
// around and within; foreign code that panics and recovers by itself.
// thrum-only
// extra: panic_callback_x.c=gcc
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <search.h>

#include "extra/check.h"
#include "extra/saylog.h"

int foreign_guard(int (*fn)(int), int n);
int foreign_deep(int n);

static int compared, caught;

static int
checked(const int *a, const int *b)
{
	if (*a == 13 || *b == 13)
		thrum_panicf("%d and %d", *a, *b);
	return (*a > *b) - (*a < *b);
}

static void
instead(void *result, thrum_panicinfo *p)
{
	if (thrum_recover(p)) {
		caught++;
		*(int *)result = 2;
	}
}

static int
compare(const void *a, const void *b)
{
	int r = 0;
	THRUM_DEFER_RECOVER(instead, &r, 0);
	compared++;
	if (compared % 64 == 0)
		thrum_yield();
	return checked(a, b);
}

static void
grow(int n)
{
	char b[200];
	memset(b, n, sizeof b);
	char *volatile p = b;
	if (n > 0)
		grow(n - 1);
	CHECK(p[3] == (char)n);
}

static int
comparetree(const void *a, const void *b)
{
	volatile int r = 0;
	THRUM_TRY {
		grow(30);
		r = checked(a, b);
	} THRUM_CATCH(p) {
		r = -1;
		caught++;
	}
	return r;
}

static int
calls(int n)
{
	THRUM_DEFER(say, n > 1 ? "i" : "j");
	if (n > 1)
		return foreign_guard(calls, n - 1);
	return foreign_deep(5); // panics in foreign code, and is recovered there
}

int
main(void)
{
	int v[200], key[20];
	THRUM_DEFER(say, "never seen");
	for (int i = 0; i < 200; i++)
		v[i] = (i * 7919) % 211;
	THRUM_TRY {
		qsort(v, 200, sizeof *v, compare);
	} THRUM_CATCH(p) {
		CHECK(0);
	}
	CHECK(compared > 200 && caught > 0);
	caught = 0;
	void *root = NULL;
	for (int i = 0; i < 20; i++) {
		key[i] = i;
		CHECK(tsearch(&key[i], &root, comparetree));
	}
	CHECK(caught > 0);
	// A panic after callbacks that have recovered: nothing of them is left.
	THRUM_TRY {
		THRUM_DEFER(say, "d");
		qsort(v, 200, sizeof *v, compare);
		thrum_panic("P");
	} THRUM_CATCH(p) {
		say(p->text);
	}
	CHECK(is("dP"));
	CHECK(foreign_deep(20) == 20);
	CHECK(foreign_guard(calls, 3) == 5 && is("jii"));
	// Deferred calls of foreign functions in foreign code beside ours.
	THRUM_TRY {
		THRUM_DEFER(say, "e");
		CHECK(foreign_guard(calls, 2) == 5);
		thrum_panic("Q");
	} THRUM_CATCH(p) {
		say(p->text);
	}
	CHECK(is("jieQ"));
	_Exit(puts("ok") < 0 || fflush(stdout) != 0);
}
