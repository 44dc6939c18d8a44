// SPDX-License-Identifier: MIT
// Shows that a million semaphores, and twenty thousand goroutines that wait for one each, work
// within the memory they should need.
// thrum-only
// memory: 100 (a million semaphores)
// levels: O2
// env: THRUM_PROCS=2
// out: ok
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <pthread.h>
#include <thrum.h>

#include "extra/check.h"

#define SEMAS 1000000
#define TASKS 20000
#define EACH (SEMAS / TASKS)

static thrum_sema *s;
static thrum_wg wg;
static _Atomic long got;

static void
task(void *arg)
{
	for (long i = 0; i < EACH; i++) {
		thrum_sema_acquire(&s[(long)arg + i * TASKS]);
		got++;
	}
	thrum_wg_done(&wg);
}

int
main(void)
{
	CHECK((s = calloc(SEMAS, sizeof *s)) != NULL);
	thrum_wg_add(&wg, TASKS);
	for (long i = 0; i < TASKS; i++)
		CHECK(thrum_go(task, (void *)i) == 0);
	// each of them once, in an order that has nothing to do with the waiters'
	for (long i = 0, at = 0; i < SEMAS; i++, at = (at + 618033) % SEMAS) {
		thrum_sema_release(&s[at]);
		if (i % 1000 == 0)
			thrum_yield();
	}
	thrum_wg_wait(&wg);
	CHECK(got == SEMAS);
	for (long i = 0; i < SEMAS; i++)
		CHECK(s[i].count == 0);
	puts("ok");
	return 0;
}
