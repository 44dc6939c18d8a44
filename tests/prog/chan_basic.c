// SPDX-License-Identifier: MIT
// Shows that channels work: order, room, length, values of all sizes, receiving into nothing, and
// operations that do not wait.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_wg wg;

struct job { thrum_chan *c; int from, to; };

static void
producer(void *arg)
{
	struct job *j = arg;
	for (int i = j->from; i < j->to; i++)
		thrum_chan_send(j->c, &i);
	thrum_wg_done(&wg);
}

static void
order(size_t cap)
{
	thrum_chan *c = thrum_chan_make(sizeof(int), cap);
	struct job j = { c, 0, 3000 };
	int v;
	CHECK(thrum_chan_cap(c) == cap && thrum_chan_len(c) == 0);
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(producer, &j) == 0);
	for (int i = 0; i < 3000; i++) {
		v = -1;
		CHECK(thrum_chan_recv(c, &v) && v == i);
		CHECK(thrum_chan_len(c) <= cap);
	}
	thrum_wg_wait(&wg);
	CHECK(thrum_chan_tryrecv(c, &v) == -EAGAIN);
	thrum_chan_free(c);
}

// Values keep all their bytes and touch no others.
static void
sizes(size_t size)
{
	unsigned char in[1100], out[1100];
	thrum_chan *c = thrum_chan_make(size, 3);
	CHECK(size <= 1000);
	for (int round = 0; round < 10; round++) {
		for (int k = 0; k < 3; k++) {
			memset(in, round * 3 + k + 1, sizeof in);
			thrum_chan_send(c, in);
		}
		memset(in, 99, sizeof in);
		CHECK(thrum_chan_len(c) == 3 && thrum_chan_trysend(c, in) == -EAGAIN);
		for (int k = 0; k < 3; k++) {
			memset(out, 0xee, sizeof out);
			CHECK(thrum_chan_recv(c, k == 1 ? NULL : out));
			if (k == 1)
				continue;
			for (size_t i = 0; i < sizeof out; i++)
				CHECK(out[i] == (i < size ? round * 3 + k + 1 : 0xee));
		}
	}
	thrum_chan_free(c);
}

static void
echo(void *arg)
{
	thrum_chan **pair = arg;
	unsigned char v[1000];
	while (thrum_chan_recv(pair[0], v))
		thrum_chan_send(pair[1], v);
	thrum_chan_close(pair[1]);
}

// The same without a buffer: from frame to frame.
static void
handover(size_t size)
{
	thrum_chan *pair[2] = { thrum_chan_make(size, 0), thrum_chan_make(size, 0) };
	unsigned char in[1000], out[1100];
	CHECK(thrum_go(echo, pair) == 0);
	for (int k = 1; k < 20; k++) {
		memset(in, k, sizeof in);
		memset(out, 0xee, sizeof out);
		thrum_chan_send(pair[0], in);
		CHECK(thrum_chan_recv(pair[1], out));
		for (size_t i = 0; i < sizeof out; i++)
			CHECK(out[i] == (i < size ? k : 0xee));
	}
	thrum_chan_close(pair[0]);
	CHECK(!thrum_chan_recv(pair[1], out));
	thrum_chan_free(pair[0]);
	thrum_chan_free(pair[1]);
}

// The first to wait is served first; a value that was sent first is received first.
static thrum_chan *turn;
static thrum_g *_Atomic newest;
static int served[20], nserved;

static void
queuer(void *arg)
{
	int me = (int)(long)arg, v = -1;
	newest = thrum_self();
	CHECK(thrum_chan_recv(turn, &v));
	CHECK(v == nserved);
	served[nserved++] = me;
}

static void
fair(void)
{
	turn = thrum_chan_make(sizeof(int), 0);
	for (long i = 0; i < 20; i++) {
		newest = NULL;
		CHECK(thrum_go(queuer, (void *)i) == 0);
		while (!newest || thrum_freeze(newest) != 0) // until it waits
			thrum_yield();
	}
	for (int i = 0; i < 20; i++) {
		thrum_chan_send(turn, &i);
		while (nserved <= i)
			thrum_yield();
	}
	for (int i = 0; i < 20; i++)
		CHECK(served[i] == i);
	thrum_chan_free(turn);
}

int
main(void)
{
	static const size_t all[] = { 0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 24, 31, 64, 100, 1000 };
	thrum_maxprocs(1);
	for (size_t cap = 0; cap < 5; cap++)
		order(cap);
	order(128);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		sizes(all[i]);
		handover(all[i]);
	}
	fair();
	int v = 7;
	thrum_chan *c = thrum_chan_make(sizeof v, 1), *none = NULL;
	CHECK(thrum_chan_tryrecv(c, &v) == -EAGAIN && v == 7);
	CHECK(thrum_chan_trysend(c, &v) == 1 && thrum_chan_trysend(c, &v) == -EAGAIN);
	v = 0;
	CHECK(thrum_chan_tryrecv(c, &v) == 1 && v == 7);
	thrum_chan_close(c);
	CHECK(thrum_chan_tryrecv(c, &v) == 0 && v == 0);
	thrum_chan_free(c);
	CHECK(thrum_chan_trysend(none, &v) == -EAGAIN && thrum_chan_tryrecv(none, &v) == -EAGAIN);
	CHECK(thrum_chan_len(none) == 0 && thrum_chan_cap(none) == 0);
	thrum_chan_free(none);
	CHECK(thrum_chan_make((size_t)1 << 32, 1) == NULL && thrum_chan_make(8, (size_t)1 << 32) == NULL);
	CHECK(thrum_chan_make(UINT32_MAX, UINT32_MAX) == NULL);
	puts("ok");
	return 0;
}
