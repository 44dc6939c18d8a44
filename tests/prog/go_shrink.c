// SPDX-License-Identifier: MIT
// Shows that a stack grown by deep recursion shrinks on request, step by step, and can grow again;
// the figures of thrum_stack_info are plausible.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

static size_t peak;

__attribute__((noinline)) static long
rec(int n, const long *up)
{
	long v[8] = { *up + 1, n };
	volatile long keep[4] = { n, n + 1, n + 2, n + 3 };
	if (n == 0) {
		thrum_stackinfo si;
		CHECK(thrum_stack_info(NULL, &si) == 0);
		CHECK(si.used <= si.size * si.segments + si.size && si.used > 500 * 16);
		CHECK(si.copies > 0 && si.unsafe >= 500 * sizeof v);
		peak = si.size;
		return v[0];
	}
	long r = rec(n - 1, v);
	CHECK(keep[0] + 3 == keep[3]);
	return r;
}

int
main(void)
{
	thrum_stackinfo si;
	for (int round = 0; round < 4; round++) {
		long z = 0;
		CHECK(rec(600 + round * 100, &z) == 601 + round * 100);
		size_t last = peak;
		for (int i = 0; i < 12; i++) {
			size_t now = thrum_stack_shrink();
			CHECK(now <= last);
			last = now;
		}
		CHECK(last < peak);
		CHECK(thrum_stack_info(NULL, &si) == 0);
		CHECK(si.size == last && si.used <= si.size && si.segments >= 1 && !si.frozen);
	}
	CHECK(thrum_stack_info(thrum_self(), &si) == 0);
	puts("ok");
	return 0;
}
