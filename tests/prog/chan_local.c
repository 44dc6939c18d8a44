// SPDX-License-Identifier: MIT
// Shows that an element reaches the receiver's local, and comes from the sender's, wherever their
// stacks have moved to meanwhile: both recurse to other depths between their waits and during them.
// CHAN_ROUNDS says how often.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

static THRUM_CHAN(long) c, back;
static thrum_wg wg;
static long rounds = 6000;

struct val { long a, b[6]; };
static THRUM_CHAN(struct val) vals;

__attribute__((noinline)) static long
deep(int n, long *at)
{
	char room[64];
	char *volatile p = room;
	memset(room, n, sizeof room);
	if (n == 0)
		CHECK(THRUM_RECV(c, at)); // into a frame far up, from deep down
	else
		deep(n - 1, at);
	return p[3];
}

__attribute__((noinline)) static void
sendfrom(int n, const long *v)
{
	char room[64];
	char *volatile p = room;
	memset(room, n, sizeof room);
	if (n == 0)
		thrum_chan_send(thrum_chan_raw(c), v);
	else
		sendfrom(n - 1, v);
	CHECK(p[5] == (char)n);
}

static void
receiver(void *arg)
{
	(void)arg;
	for (long i = 0; i < rounds; i++) {
		long v = -1, *p = &v;
		deep((int)(i * 7 % 40), p);
		CHECK(v == i);
		if (i % 500 == 0)
			thrum_stack_shrink();
		v = -v;
		THRUM_SEND(back, v);
	}
	thrum_wg_done(&wg);
}

static void
sender(void *arg)
{
	(void)arg;
	for (long i = 0; i < rounds; i++) {
		long v = i, r;
		sendfrom((int)(i * 13 % 50), &v);
		CHECK(THRUM_RECV(back, &r) && r == -i && v == i);
	}
	thrum_wg_done(&wg);
}

static void
structs(void *arg)
{
	(void)arg;
	for (long i = 0; i < rounds / 4; i++) {
		struct val v = { i, { 1, 2, 3, 4, 5, i } };
		THRUM_SEND(vals, v);
	}
	THRUM_CLOSE(vals);
	thrum_wg_done(&wg);
}

int
main(void)
{
	const char *s = getenv("CHAN_ROUNDS");
	if (s)
		rounds = atol(s);
	for (int procs = 1; procs <= 2; procs++) {
		thrum_maxprocs(procs);
		c = thrum_chan_of(long, 0);
		back = thrum_chan_of(long, 0);
		vals = thrum_chan_of(struct val, 0);
		thrum_wg_add(&wg, 3);
		CHECK(thrum_go(receiver, NULL) == 0 && thrum_go(sender, NULL) == 0 && thrum_go(structs, NULL) == 0);
		struct val v;
		long n = 0;
		while (THRUM_RECV(vals, &v)) {
			CHECK(v.a == n && v.b[4] == 5 && v.b[5] == n);
			n++;
		}
		thrum_wg_wait(&wg);
		THRUM_FREE(c);
		THRUM_FREE(back);
		THRUM_FREE(vals);
	}
	puts("ok");
	return 0;
}
