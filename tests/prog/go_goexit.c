// SPDX-License-Identifier: MIT
// Shows that thrum_goexit ends its goroutine from any depth, and from inside a callback's caller,
// without running what follows.
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
static int wrong;

__attribute__((noinline)) static int
leave(int n)
{
	char b[60];
	memset(b, n, sizeof b);
	char *volatile p = b;
	if (n == 0) {
		thrum_wg_done(&wg);
		thrum_goexit();
	}
	return leave(n - 1) + p[0];
}

static void
body(void *arg)
{
	int n = (int)(intptr_t)arg;
	thrum_yield();
	leave(n);
	wrong++;
}

int
main(void)
{
	thrum_stats st;
	for (int round = 0; round < 5; round++) {
		thrum_wg_add(&wg, 100);
		for (int i = 0; i < 100; i++)
			CHECK(thrum_go(body, (void *)(intptr_t)(i * 3)) == 0);
		thrum_wg_wait(&wg);
	}
	thrum_yield();
	CHECK(wrong == 0);
	do { // one that was waited for may be on its way out
		thrum_yield();
		thrum_get_stats(&st);
	} while (st.goroutines != 1);
	CHECK(st.goroutines == 1 && st.spawned >= 501);
	puts("ok");
	return 0;
}
