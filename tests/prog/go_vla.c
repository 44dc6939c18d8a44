// SPDX-License-Identifier: MIT
// Shows that VLAs, alloca in loops, over-aligned and big locals live across yields in many
// goroutines.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <alloca.h>

#include "extra/check.h"

static thrum_wg wg;

__attribute__((noinline)) static long
mixed(int id, int n)
{
	int v[n + 1];
	char *a[10];
	_Alignas(64) long al[8] = { id };
	char big[6000];
	memset(big, id, sizeof big);
	CHECK((uintptr_t)al % 64 == 0);
	for (int i = 0; i <= n; i++)
		v[i] = id * i;
	for (int i = 0; i < 10; i++) {
		a[i] = alloca((size_t)i * 7 + 1);
		memset(a[i], id + i, (size_t)i * 7 + 1);
		thrum_yield();
	}
	long r = n > 0 ? mixed(id, n - 5) : 0;
	thrum_yield();
	for (int i = 0; i <= n; i++)
		CHECK(v[i] == id * i);
	for (int i = 0; i < 10; i++)
		CHECK(a[i][i * 7] == (char)(id + i));
	for (int i = 0; i < 6000; i += 500)
		CHECK(big[i] == (char)id);
	CHECK(al[0] == id && al[7] == 0);
	return r + 1;
}

static void
body(void *arg)
{
	CHECK(mixed((int)(intptr_t)arg, 50) == 11);
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_wg_add(&wg, 30);
	for (int i = 0; i < 30; i++)
		CHECK(thrum_go(body, (void *)(intptr_t)i) == 0);
	thrum_wg_wait(&wg);
	puts("ok");
	return 0;
}
