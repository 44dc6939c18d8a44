// SPDX-License-Identifier: MIT
// Shows that a goroutine whose function was built by gcc has a fixed stack: recursion within 256
// KB, yields, and instrumented callees work.
// extra: go_fixed_x.c=gcc
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

struct fixed_job { int depth, id; long result; void (*done)(void *); long (*callee)(long); };
void fixed_body(void *arg);
static thrum_wg wg;
static _Atomic int finished; // several Ps count

static void
done(void *arg)
{
	struct fixed_job *j = arg;
	thrum_stackinfo si;
	CHECK(thrum_stack_info(NULL, &si) == 0 && !si.movable);
	finished += j->result == (long)j->depth * (j->depth + 1) / 2 + j->id * 2 + 5;
	thrum_wg_done(&wg);
}

__attribute__((noinline)) static long
rec(int n, const long *up)
{
	long v[3] = { *up + 1, n };
	return n ? rec(n - 1, v) : v[0];
}

static long
callee(long x)
{
	long z = x;
	thrum_yield();
	return rec(4, &z) - 5 + x;
}

int
main(void)
{
	static struct fixed_job jobs[60];
	thrum_wg_add(&wg, 60);
	for (int i = 0; i < 60; i++) {
		jobs[i] = (struct fixed_job){ i * 25, i, 0, done, callee };
		CHECK(thrum_go(fixed_body, &jobs[i]) == 0);
	}
	thrum_wg_wait(&wg);
	CHECK(finished == 60);
	puts("ok");
	return 0;
}
