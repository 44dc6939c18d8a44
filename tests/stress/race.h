// SPDX-License-Identifier: MIT
//
// race.h - what race.c and races.c share: goroutines under ThreadSanitizer.
//
//	race NAME [MODE]     one case. MODE: plain; swap: of two parties the second one starts
//	                     first; thread: it is a thread that runs no goroutine
//	race -l              lists the cases
//
// A program of plain clang -fsanitize=thread, its runtime built with -DTSAN. Its goroutines write
// and read plain words.

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#define CHECK_END abort()
#include "../prog/extra/check.h"

#define TIMES 50

static thrum_wg wg;
static long word, other;
static thrum_mutex m;
static thrum_rwmutex rw;
static thrum_once once;
static thrum_sema full;
static thrum_cond turned;
static long turn; // m
static thrum_pool pool;
static _Atomic(thrum_g *) sleeper;
static atomic_int flag;
static thrum_chan *c, *d;
static long back[TIMES];
static thrum_timer timer;
static thrum_ctx *ctx;

static void
go(void (*fn)(void *), void *arg)
{
	CHECK(thrum_go(fn, arg) == 0);
}

// two runs a and b at the same time.
static void (*parties[2])(void);
static bool swap, asthread;

static void
party(void *which)
{
	parties[(long)which]();
	thrum_wg_done(&wg);
}

static void *
partythread(void *which)
{
	party(which);
	return NULL;
}

static void
two(void (*a)(void), void (*b)(void))
{
	pthread_t t;
	parties[0] = a;
	parties[1] = b;
	thrum_wg_add(&wg, 2);
	if (asthread)
		CHECK(pthread_create(&t, NULL, partythread, (void *)1) == 0);
	go(party, (void *)(swap && !asthread ? 1L : 0L));
	if (!asthread)
		go(party, (void *)(swap ? 0L : 1L));
	thrum_wg_wait(&wg);
	if (asthread)
		CHECK(pthread_join(t, NULL) == 0);
}

static void
all(void (*fn)(void *), int n)
{
	thrum_wg_add(&wg, n);
	for (long i = 0; i < n; i++)
		go(fn, (void *)i);
	thrum_wg_wait(&wg);
}

// ---- channels of a size ----

// With room for C values it is seen after the send that comes C later: a semaphore. With one place,
// a lock.
#define C 3
static long late = C; // sends after which a receive is seen

static void
fills(void)
{
	for (long i = 0; i < TIMES; i++) {
		thrum_chan_send(c, NULL);
		if (i >= late)
			other += back[i - late];
	}
}

static void
drains(void)
{
	for (long i = 0; i < TIMES; i++) {
		back[i] = i;
		CHECK(thrum_chan_recv(c, NULL));
		if (i % 5 == 0)
			thrum_yield();
	}
}

static void
locksbychan(void)
{
	for (int i = 0; i < TIMES; i++) {
		thrum_chan_send(c, NULL);
		word++;
		if (i % 4 == 0)
			thrum_yield();
		thrum_chan_recv(c, NULL);
	}
}

// ---- cases ------------------------------------------------------------------------

typedef struct testcase {
	const char *name;
	void (*fn)(void);
	void (*a)(void), (*b)(void); // after it these two at the same time, if not NULL
	bool outside;                // fn is called by no goroutine
} testcase;

static int
inside(void *arg)
{
	const testcase *t = arg;
	if (t->fn)
		t->fn();
	if (t->a)
		two(t->a, t->b);
	return 0;
}

static int
run(const testcase *t, size_t n, int argc, char **argv)
{
	CHECK(argc >= 2);
	swap = argc > 2 && strcmp(argv[2], "swap") == 0;
	asthread = argc > 2 && strcmp(argv[2], "thread") == 0;
	if (strcmp(argv[1], "-l") == 0) {
		for (; n > 0; t++, n--)
			puts(t->name);
		return 0;
	}
	while (n > 0 && strcmp(t->name, argv[1]) != 0)
		t++, n--;
	CHECK(n > 0);
	if (t->outside)
		t->fn();
	else
		CHECK(thrum_run(inside, (void *)t, NULL) == 0);
	return 0;
}
