// SPDX-License-Identifier: MIT
// Shows that panic and recover follow Go's rules. Only certain deferred calls may recover, and only
// once. A newer panic affects an older one. The right deferred calls run, in the right order.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"
#include "extra/saylog.h"

// Recovers, and tells what.
static void
rec(void *name, thrum_panicinfo *p)
{
	strcat(said, name);
	strcat(said, p ? p->text : "-");
	if (p) {
		CHECK(thrum_recover(p));
		CHECK(!thrum_recover(p)); // once
	}
	CHECK(!thrum_recover(NULL));
}

static void
look(void *name, thrum_panicinfo *p) // does not recover
{
	strcat(said, name);
	strcat(said, p ? p->text : "-");
}

static int
simple(int raise)
{
	THRUM_DEFER(say, "1");
	THRUM_DEFER_RECOVER(rec, "r", 7);
	THRUM_DEFER(say, "2");
	if (raise)
		thrum_panic("P");
	return 3;
}

static void
raises(void *text)
{
	thrum_panic(text);
}

// A panic in a deferred call replaces the first one, in the same function.
static int
replaced(void)
{
	THRUM_DEFER_RECOVER(rec, "r", 1);
	THRUM_DEFER(say, "o");
	THRUM_DEFER(raises, "B");
	THRUM_DEFER(say, "n");
	thrum_panic("A");
}

// ... and is recovered within the deferred call: the first goes on.
static void
inner(void *text)
{
	THRUM_DEFER_RECOVER(rec, "i", );
	thrum_panic(text);
}

static int
kept(void)
{
	THRUM_DEFER_RECOVER(rec, "r", 1);
	THRUM_DEFER(inner, "B");
	thrum_panic("A");
}

// A function that a deferred function calls has nothing to recover, when its own deferred calls
// run.
static void
harmless(void *unused)
{
	(void)unused;
	THRUM_DEFER_RECOVER(rec, "h", );
}

static int
onlydirectly(void)
{
	THRUM_DEFER_RECOVER(rec, "r", 1);
	THRUM_DEFER(harmless, NULL);
	thrum_panic("A");
}

// A panic raised anew after it was recovered.
static void
again(void *name, thrum_panicinfo *p)
{
	strcat(said, name);
	if (thrum_recover(p))
		thrum_panic_value(p->value, p->text);
}

static int
anew(void)
{
	THRUM_DEFER_RECOVER(rec, "r", 1);
	THRUM_DEFER_RECOVER(again, "a", 2);
	thrum_panic("A");
}

// A recovered panic is over: the older function's deferred calls see nothing.
static int
lower(void)
{
	THRUM_DEFER_RECOVER(rec, "x", 2);
	thrum_panic("A");
}

static int
upper(void)
{
	THRUM_DEFER_RECOVER(rec, "u", 1);
	int r = lower();
	strcat(said, "+");
	return r + 10;
}

// Not recovered by the first call that looks.
static int
passed(void)
{
	THRUM_DEFER_RECOVER(rec, "2", 1);
	THRUM_DEFER_RECOVER(look, "1", 2);
	thrum_panic("A");
}

// An older panic cannot be recovered by way of a newer one's deferred call.
static thrum_panicinfo *older;

static void
keepolder(void *unused, thrum_panicinfo *p)
{
	(void)unused;
	older = p;
	thrum_panic("B");
}

static void
tryolder(void *unused, thrum_panicinfo *p)
{
	(void)unused;
	CHECK(older && p != older && strcmp(older->text, "A") == 0);
	CHECK(!thrum_recover(older)); // not the newest
	CHECK(thrum_recover(p));
}

static int
oldest(void)
{
	THRUM_DEFER_RECOVER(tryolder, NULL, 5);
	THRUM_DEFER_RECOVER(keepolder, NULL, 6);
	thrum_panic("A");
}

// Several panics end with the one that is recovered, though they came up in different functions.
static void
chain(void *n)
{
	intptr_t k = (intptr_t)n;
	THRUM_DEFER(say, k == 0 ? "0" : k == 1 ? "1" : "2");
	if (k > 0) {
		THRUM_DEFER(chain, (void *)(k - 1)); // its block ends here: it runs now
	}
	thrum_panic(k == 0 ? "C0" : k == 1 ? "C1" : "C2");
}

static int
chained(void)
{
	THRUM_DEFER_RECOVER(rec, "r", 1);
	THRUM_DEFER(chain, (void *)1);
	thrum_panic("A");
}

static volatile int zero;

struct result {
	int err;
	char text[32];
};

static void
fill(void *arg, thrum_panicinfo *p)
{
	struct result *r = arg;
	if (thrum_recover(p)) {
		r->err = -5;
		strcpy(r->text, p->text);
	}
}

static struct result
divide(int a, int b)
{
	struct result r = {0, ""};
	THRUM_DEFER_RECOVER(fill, &r, r);
	if (b == 0)
		thrum_panicf("%d / %d", a, b);
	r.err = a / b;
	return r;
}

int
main(void)
{
	CHECK(simple(0) == 3 && is("2r-1"));
	CHECK(simple(1) == 7 && is("2rP1"));
	CHECK(replaced() == 1 && is("norB"));
	CHECK(kept() == 1 && is("iBrA"));
	CHECK(onlydirectly() == 1 && is("h-rA"));
	CHECK(anew() == 1 && is("arA"));
	CHECK(upper() == 12 && is("xA+u-"));
	CHECK(passed() == 1 && is("1A2A"));
	CHECK(oldest() == 5);
	CHECK(chained() == 1 && is("01rC0"));
	struct result r = divide(1, zero);
	CHECK(r.err == -5 && strcmp(r.text, "1 / 0") == 0);
	CHECK(divide(8, 2).err == 4);
	for (int i = 0; i < 1000; i++)
		CHECK(simple(i % 2) == (i % 2 ? 7 : 3) && (said[0] = 0) == 0);
	puts("ok");
	return 0;
}
