// SPDX-License-Identifier: MIT
// Shows that integers, doubles, long doubles and vectors live in a loop over yields come back whole
// in every goroutine.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

typedef double v4 __attribute__((vector_size(32)));
static thrum_wg wg;

static void
body(void *arg)
{
	long id = (long)(intptr_t)arg;
	long a = id, b = id + 1, c = id + 2, d = id + 3, e = id + 4, f = id + 5, g = id + 6, h = id + 7;
	double x = (double)id, y = x * 2;
	float q = (float)id;
	long double z = id * 0.5L;
	v4 v = { x, x + 1, x + 2, x + 3 };
	for (int i = 0; i < 300; i++) {
		a += 1; b += 2; c += 3; d += 4; e += 5; f += 6; g += 7; h += 8;
		x += 0.5; y += 0.25; q += 1; z += 0.125L;
		v += (v4){ 1, 2, 3, 4 };
		thrum_yield();
	}
	CHECK(a == id + 300 && b == id + 601 && c == id + 902 && d == id + 1203);
	CHECK(e == id + 1504 && f == id + 1805 && g == id + 2106 && h == id + 2407);
	CHECK(x == id + 150.0 && y == id * 2 + 75.0 && q == (float)id + 300 && z == id * 0.5L + 37.5L);
	CHECK(v[0] == id + 300.0 && v[1] == id + 601.0 && v[2] == id + 902.0 && v[3] == id + 1203.0);
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
