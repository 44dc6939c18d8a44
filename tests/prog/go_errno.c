// SPDX-License-Identifier: MIT
// Shows that errno belongs to the goroutine and is kept over yields, deep calls and foreign calls
// that succeed.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_wg wg;

__attribute__((noinline)) static int
deep(int n)
{
	char b[50];
	memset(b, n, sizeof b);
	char *volatile p = b;
	if (n % 16 == 0)
		thrum_yield();
	return n ? deep(n - 1) + (p[49] == (char)n) : 0;
}

static void
body(void *arg)
{
	int id = (int)(intptr_t)arg, *volatile pe = &errno;
	CHECK(errno == 0);
	for (int i = 0; i < 20; i++) {
		errno = id * 100 + i;
		CHECK(deep(40) == 40);
		CHECK(errno == id * 100 + i);
		*pe = id;
		thrum_yield();
		CHECK(errno == id && pe == &errno);
		FILE *f = fopen(i & 1 ? "/nonexistent/x" : "/", "w");
		CHECK(!f && errno == (i & 1 ? ENOENT : EISDIR));
		thrum_yield();
		CHECK(errno == (i & 1 ? ENOENT : EISDIR));
		CHECK(strlen(strerror(errno)) > 5);
	}
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_wg_add(&wg, 30);
	errno = 77;
	for (int i = 0; i < 30; i++)
		CHECK(thrum_go(body, (void *)(intptr_t)(i + 1)) == 0);
	CHECK(errno == 77);
	thrum_wg_wait(&wg);
	CHECK(errno == 77);
	puts("ok");
	return 0;
}
