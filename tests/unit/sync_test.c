// SPDX-License-Identifier: MIT
//
// sync_test.c - the table of waiters against a plain list; its depth with a million addresses; the
// drains of pools whose objects belong to the collector. The caller that stops a timer waits for
// its function.

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>

#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/sched/proc.h"
#include "core/sync/pool.h"
#include "core/sync/sema.h"
#include "core/time/timer.h"

#define STEP (8 * 251) // addresses this far apart share a bucket
#define MANY 300
#define MILLION 1000000

static uint64_t seed = 1;

static uint64_t
rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static const void *
address(uintptr_t i)
{
	return (const void *)(0x10000 + i * STEP);
}

// check looks whether the tree at s is ordered by address and by ticket; returns its depth.
static int
check(const sudog *s, uintptr_t lo, uintptr_t hi)
{
	if (!s)
		return 0;
	uintptr_t at = (uintptr_t)s->obj;
	cr_assert(at > lo && at < hi);
	cr_assert(!s->prev || s->prev->ticket >= s->ticket);
	cr_assert(!s->next || s->next->ticket >= s->ticket);
	int l = check(s->prev, lo, at), r = check(s->next, at, hi);
	return 1 + (l > r ? l : r);
}

Test(table, list)
{
	static sudog all[MANY], *order[MANY]; // the waiters, in the order of their turn
	static uintptr_t where[MANY];
	semaroot *root = rootfor(address(0));
	sudog *idle[MANY];
	int n = 0, nidle = 0;
	for (int i = 0; i < MANY; i++)
		idle[nidle++] = &all[i];
	for (int step = 0; step < 200000; step++) {
		uintptr_t a = rnd() % 40;
		cr_assert_eq(rootfor(address(a)), root);
		int at = 0, taken = 0;
		switch (rnd() % 5) {
		case 0: // the last one
		case 1: // the first one
			if (nidle == 0)
				break;
			sudog *s = idle[--nidle];
			bool first = rnd() % 2;
			semqueue(root, address(a), s, first);
			for (at = first ? 0 : n; first && at < n && where[at] != a; at++)
				;
			for (int i = n++; i > at; i--) {
				order[i] = order[i - 1];
				where[i] = where[i - 1];
			}
			order[at] = s;
			where[at] = a;
			break;
		case 2:
			while (at < n && where[at] != a)
				at++;
			cr_assert_eq(semfirst(root, address(a)), at < n ? order[at] : NULL);
			sudog *got = semdequeue(root, address(a));
			cr_assert_eq(got, at < n ? order[at] : NULL);
			if (!got)
				break;
			idle[nidle++] = got;
			for (n--; at < n; at++) {
				order[at] = order[at + 1];
				where[at] = where[at + 1];
			}
			break;
		case 4: // one out of turn
			if (n == 0)
				break;
			at = (int)(rnd() % (uint64_t)n);
			cr_assert(order[at]->queued);
			semremove(root, order[at]);
			cr_assert(!order[at]->queued);
			idle[nidle++] = order[at];
			for (n--; at < n; at++) {
				order[at] = order[at + 1];
				where[at] = where[at + 1];
			}
			break;
		case 3:
			if (rnd() % 8)
				break;
			sudog *chain = semdequeueall(root, address(a));
			for (at = 0; at < n; at++)
				if (where[at] == a) {
					cr_assert_eq(chain, order[at]);
					chain = chain->link;
					idle[nidle++] = order[at];
					taken++;
				} else {
					order[at - taken] = order[at];
					where[at - taken] = where[at];
				}
			cr_assert_null(chain);
			n -= taken;
			break;
		}
		if (step % 100 == 0)
			check(root->treap, 0, UINTPTR_MAX);
	}
}

// In order, which makes a plain search tree a list.
Test(table, million)
{
	sudog *all = calloc(MILLION, sizeof *all);
	semaroot *root = rootfor(address(0));
	cr_assert_not_null(all);
	for (uintptr_t i = 0; i < MILLION; i++)
		semqueue(root, address(i), &all[i], false);
	cr_expect_leq(check(root->treap, 0, UINTPTR_MAX), 80, "of the order of log2 of a million, 20");
	for (uintptr_t i = 0, at = 0; i < MILLION; i++, at = (at + 618033) % MILLION)
		cr_assert_eq(semdequeue(root, address(at)), &all[at]);
	cr_expect_null(root->treap);
	free(all);
}

Test(pool, collector)
{
	static thrum_pool mine, theirs = {.drop = free};
	int x[3];
	for (int i = 0; i < 3; i++)
		thrum_pool_put(&mine, &x[i]);
	void *kept = malloc(1);
	thrum_pool_put(&theirs, kept);
	poolsdrain();
	cr_expect_eq(thrum_pool_get(&mine), &x[2], "one cycle drops nothing");
	thrum_pool_put(&mine, &x[2]);
	poolsdrain();
	cr_expect_eq(thrum_pool_get(&mine), &x[2], "it has been used since");
	cr_expect_null(thrum_pool_get(&mine), "the others have not");
	poolsdrain();
	poolsdrain();
	cr_expect_eq(thrum_pool_get(&theirs), kept, "the collector cannot free what drop must");
	thrum_pool_put(&theirs, kept);
	thrum_pool_free(&theirs);
	thrum_pool_free(&mine);
	thrum_pool_free(&mine);
}

// A timer whose function takes its time. Threads without an m fire and stop it: the monitor is one,
// too.
static struct {
	timer t;
	_Atomic int begun, release, ended;
} slow;

static void
slowly(timer *t, uint64_t now)
{
	(void)now;
	cr_assert(!timerstopwait(t)); // its own function does not wait for itself
	slow.begun = 1;
	while (!slow.release)
		;
	osnap(50000000);
	slow.ended = 1;
}

static void *
fires(void *arg)
{
	(void)arg;
	while (timerrunall(nanotime()) == 0)
		;
	return NULL;
}

Test(timer, stopwait)
{
	pthread_t th;
	timerstart(&slow.t, 0, slowly);
	cr_assert(pthread_create(&th, NULL, fires, NULL) == 0);
	while (!slow.begun)
		;
	cr_assert(!timerstop(&slow.t) && !slow.ended);
	slow.release = 1;
	cr_assert(!timerstopwait(&slow.t) && slow.ended);
	cr_assert(pthread_join(th, NULL) == 0);
}
