// SPDX-License-Identifier: MIT
// Shows that THRUM_TRY and THRUM_CATCH work: nested, left by return, break, continue and goto,
// raised anew from the catching block, with locals, values and long texts.
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

static int
leaves(int how)
{
	volatile int turns = 0;
	for (int i = 0; i < 3; i++) {
		turns++;
		THRUM_TRY {
			THRUM_DEFER(say, "d");
			if (how == 0)
				return 100;
			if (how == 1)
				break; // leaves the try only
			if (how == 2)
				continue;
			if (how == 3)
				goto out;
			if (how == 4)
				thrum_panicf("turn %d", i);
		} THRUM_CATCH(p) {
			say("c");
			CHECK(p->text[5] == '0' + i);
			if (i == 1)
				return 200 + turns;
		}
	}
out:
	return turns;
}

static void
nested(void)
{
	THRUM_TRY {
		THRUM_TRY {
			thrum_panic("a");
		} THRUM_CATCH(p) {
			say(strcmp(p->text, "a") == 0 ? "1" : "x");
			thrum_panic("b");
		}
		say("never");
	} THRUM_CATCH(p) {
		say(strcmp(p->text, "b") == 0 ? "2" : "x");
		THRUM_TRY {
			say("3");
		} THRUM_CATCH(q) {
			say("never");
		}
		CHECK(strcmp(p->text, "b") == 0);
		THRUM_TRY {
			thrum_panic_value(said, p->text);
		} THRUM_CATCH(q) {
			CHECK(q->value == said && strcmp(q->text, "b") == 0);
			say("4");
		}
	}
}

static void
values(void)
{
	char longer[2 * THRUM_PANIC_TEXT];
	memset(longer, 'y', sizeof longer - 1);
	longer[sizeof longer - 1] = 0;
	int object = 3, seen = 0;
	int *volatile ps = &seen;
	THRUM_TRY {
		thrum_panic(longer);
	} THRUM_CATCH(p) {
		CHECK(strlen(p->text) == THRUM_PANIC_TEXT - 1 && p->text[0] == 'y' && p->value == NULL && p->signal == 0);
		++*ps;
	}
	THRUM_TRY {
		thrum_panicf("%s", longer);
	} THRUM_CATCH(p) {
		CHECK(strlen(p->text) == THRUM_PANIC_TEXT - 1);
		++*ps;
	}
	THRUM_TRY {
		thrum_panic_value(&object, NULL);
	} THRUM_CATCH(p) {
		char want[64];
		snprintf(want, sizeof want, "(void *) %p", (void *)&object);
		CHECK(p->value == &object && strcmp(p->text, want) == 0);
		++*ps;
	}
	THRUM_TRY {
		thrum_panic(NULL);
	} THRUM_CATCH(p) {
		CHECK(strcmp(p->text, "(null)") == 0);
		++*ps;
	}
	THRUM_TRY {
		thrum_panicf("%s %d %g %c %ld %.3f %s %d %d", "s", 1, 2.5, 'c', -4L, 0.125, "many", 8, 9);
	} THRUM_CATCH(p) {
		CHECK(strcmp(p->text, "s 1 2.5 c -4 0.125 many 8 9") == 0);
		++*ps;
	}
	CHECK(seen == 5);
}

// The locals of the function that catches are as they were, in memory and in registers that were
// not changed.
__attribute__((noinline)) static double
locals(double x, int a, int b, int c, int d, int e, int f, int g)
{
	volatile int changed = 0;
	int k1 = a * 3, k2 = b * 5, k3 = c * 7, k4 = d * 11, k5 = e * 13, k6 = f * 17;
	double y = x * 2;
	THRUM_TRY {
		changed = 1;
		if (g)
			thrum_panicf("%d", k1 + k2 + k3 + k4 + k5 + k6);
		changed = 2;
	} THRUM_CATCH(p) {
		CHECK(atoi(p->text) == k1 + k2 + k3 + k4 + k5 + k6);
		return y + k1 + k2 + k3 + k4 + k5 + k6 + changed;
	}
	return y - k1 - k2 - k3 - k4 - k5 - k6 - changed;
}

int
main(void)
{
	CHECK(leaves(0) == 100 && is("d"));
	CHECK(leaves(1) == 3 && is("ddd"));
	CHECK(leaves(2) == 3 && is("ddd"));
	CHECK(leaves(3) == 1 && is("d"));
	CHECK(leaves(4) == 202 && is("dcdc"));
	CHECK(leaves(5) == 3 && is("ddd"));
	nested();
	CHECK(is("1234"));
	values();
	CHECK(locals(1.5, 1, 2, 3, 4, 5, 6, 1) == 3 + 3 + 10 + 21 + 44 + 65 + 102 + 1);
	CHECK(locals(1.5, 1, 2, 3, 4, 5, 6, 0) == 3 - 3 - 10 - 21 - 44 - 65 - 102 - 2);
	for (int i = 0; i < 10000; i++)
		THRUM_TRY {
			if (i % 3 == 0)
				thrum_panic("x");
		} THRUM_CATCH(p) {
			CHECK(i % 3 == 0);
		}
	puts("ok");
	return 0;
}
