// SPDX-License-Identifier: MIT
// Shows that thousands of goroutines may panic, recover, and end by thrum_goexit: nothing leaks,
// and nothing is allocated for it.
// thrum-only
// ldflags: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
// levels: O0 O2
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

// A goroutine that cannot wait for the list of unsafe frames maps some itself; the list keeps them.
#define LEAK_VMAS 1000
#include "extra/leak.h"

static _Atomic long allocated;
void *__real_malloc(size_t), *__real_calloc(size_t, size_t), *__real_realloc(void *, size_t);

void *
__wrap_malloc(size_t n)
{
	allocated++;
	return __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t m)
{
	allocated++;
	return __real_calloc(n, m);
}

void *
__wrap_realloc(void *p, size_t n)
{
	allocated++;
	return __real_realloc(p, n);
}

static thrum_wg wg;
static _Atomic long deferred, recovered;

static void
count(void *unused)
{
	(void)unused;
	deferred++;
}

static void
rec(void *unused, thrum_panicinfo *p)
{
	(void)unused;
	if (thrum_recover(p))
		recovered++;
}

static void
down(int n)
{
	THRUM_DEFER(count, NULL);
	if (n == 0)
		thrum_panic("bottom");
	if (n % 5 == 0)
		thrum_yield();
	down(n - 1);
}

static void
guarded(int n)
{
	THRUM_DEFER_RECOVER(rec, NULL, );
	THRUM_TRY {
		down(n);
	} THRUM_CATCH(p) {
		thrum_panic_value(NULL, p->text);
	}
}

static void
body(void *arg)
{
	THRUM_DEFER(thrum_wg_done, &wg);
	int n = (int)(intptr_t)arg;
	guarded(n);
	thrum_yield();
	guarded(n + 7);
	if (n % 2)
		thrum_goexit();
}

static void
work(int n)
{
	deferred = recovered = 0;
	thrum_wg_add(&wg, n);
	for (int i = 0; i < n; i++)
		CHECK(thrum_go(body, (void *)(intptr_t)(i % 20)) == 0);
	thrum_wg_wait(&wg);
	long want = 0;
	for (int i = 0; i < n; i++)
		want += 2 * (i % 20) + 9;
	CHECK(deferred == want && recovered == 2 * n);
}

int
main(void)
{
	// Until each g has had its turn, and knows how much stack it takes.
	for (int i = 0; i < 8; i++)
		work(2000);
	leak_begin();
	long before = allocated;
	for (int i = 0; i < 4; i++)
		work(2000);
	long after = allocated;
	leak_end();
	CHECK(before == after);
	puts("ok");
	return 0;
}
