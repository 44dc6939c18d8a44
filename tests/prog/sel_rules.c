// SPDX-License-Identifier: MIT
// Shows that select follows its rules: a ready case is taken, NULL never is; the default, a channel
// twice, both directions, more cases than any array holds, and that each ready case has its chance.
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

static void
oneready(void)
{
	thrum_chan *c[8];
	thrum_selcase k[8];
	int v, in;
	for (int i = 0; i < 8; i++)
		c[i] = thrum_chan_make(sizeof(int), 1);
	for (int round = 0; round < 400; round++) {
		int hot = round % 8;
		for (int i = 0; i < 8; i++)
			k[i] = (thrum_selcase){ i == 7 ? NULL : c[i], &v, false, true };
		in = round;
		if (hot == 7) {
			CHECK(thrum_select(k, 8, 0) == -EAGAIN);
			continue;
		}
		thrum_chan_send(c[hot], &in);
		CHECK(thrum_select(k, 8, round % 2 ? 0 : -1) == hot && v == round && k[hot].ok);
	}
	// All full but one: that one is sent to.
	for (int i = 0; i < 8; i++) {
		k[i] = (thrum_selcase){ c[i], &in, true, true };
		if (i != 5)
			thrum_chan_send(c[i], &in);
	}
	CHECK(thrum_select(k, 8, -1) == 5 && !k[5].ok);
	CHECK(thrum_select(k, 8, 0) == -EAGAIN);
	for (int i = 0; i < 8; i++)
		thrum_chan_free(c[i]);
}

// One channel in several cases, also in both directions: a select never meets itself.
static void
twice(void)
{
	thrum_chan *c = thrum_chan_make(sizeof(int), 0), *b = thrum_chan_make(sizeof(int), 1);
	int a = 1, r = 0, seen[4] = { 0 };
	thrum_selcase k[] = { { c, &r, false, false }, { c, &a, true, false }, { c, &r, false, false }, { c, &a, true, false } };
	CHECK(thrum_select(k, 4, 0) == -EAGAIN);
	CHECK(thrum_chan_len(c) == 0);
	for (int i = 0; i < 1000; i++) {
		thrum_selcase m[] = { { b, &r, false, false }, { b, &a, true, false }, { b, &r, false, false }, { b, &a, true, false } };
		int at = thrum_select(m, 4, -1);
		CHECK(at % 2 == 1 - i % 2); // full and empty by turns
		seen[at]++;
	}
	for (int i = 0; i < 4; i++)
		CHECK(seen[i] > 180 && seen[i] < 320);
	thrum_chan_free(b);
	thrum_chan_free(c);
}

// Two selects that offer each other both directions meet exactly once per round.
struct both { thrum_chan *c; int sent, received; };

static void
partner(void *arg)
{
	struct both *p = arg;
	for (int i = 0; i < 2000; i++) {
		int out = i, in = -1;
		thrum_selcase k[] = { { p->c, &in, false, false }, { p->c, &out, true, false } };
		if (thrum_select(k, 2, -1) == 0) {
			CHECK(k[0].ok && in >= 0);
			p->received++;
		} else {
			p->sent++;
		}
	}
	thrum_wg_done(&wg);
}

static void
meet(void)
{
	thrum_chan *c = thrum_chan_make(sizeof(int), 0);
	struct both p[2] = { { c, 0, 0 }, { c, 0, 0 } };
	thrum_wg_add(&wg, 2);
	CHECK(thrum_go(partner, &p[0]) == 0 && thrum_go(partner, &p[1]) == 0);
	thrum_wg_wait(&wg);
	CHECK(p[0].sent == p[1].received && p[1].sent == p[0].received && p[0].sent + p[0].received == 2000);
	thrum_chan_free(c);
}

// A thousand cases, waited on; whichever comes is found.
static thrum_chan *many[1000];

static void
senders(void *arg)
{
	(void)arg;
	for (int i = 0; i < 300; i++) {
		int v = i * 7919 % 1000;
		thrum_chan_send(many[v], &v);
	}
	thrum_wg_done(&wg);
}

static void
thousand(void)
{
	thrum_selcase *k = malloc(1000 * sizeof *k);
	int v;
	for (int i = 0; i < 1000; i++)
		many[i] = i % 100 == 50 ? NULL : thrum_chan_make(sizeof(int), i % 3 == 0);
	thrum_wg_add(&wg, 1);
	for (int i = 50; i < 1000; i += 100)
		many[i] = thrum_chan_make(sizeof(int), 0);
	CHECK(thrum_go(senders, NULL) == 0);
	for (int i = 0; i < 300; i++) {
		for (int j = 0; j < 1000; j++)
			k[j] = (thrum_selcase){ many[j], &v, false, false };
		int at = thrum_select(k, 1000, -1);
		CHECK(at == v && k[at].ok);
	}
	thrum_wg_wait(&wg);
	for (int j = 0; j < 1000; j++)
		thrum_chan_free(many[j]);
	free(k);
}

// A doubled select: two goroutines take from the same two channels; nothing is lost or comes twice.
static thrum_chan *left, *right;
static _Atomic int count[4000];

static void
taker(void *arg)
{
	int a, b;
	thrum_selcase k[] = { { left, &a, false, true }, { right, &b, false, true } };
	(void)arg;
	while (k[0].chan || k[1].chan) {
		int at = thrum_select(k, 2, -1);
		if (!k[at].ok)
			k[at].chan = NULL;
		else
			count[at ? b : a]++;
	}
	thrum_wg_done(&wg);
}

static void
giver(void *arg)
{
	int base = (int)(long)arg;
	for (int i = base; i < base + 2000; i++)
		thrum_chan_send(base ? right : left, &i);
	thrum_chan_close(base ? right : left);
	thrum_wg_done(&wg);
}

static void
doubled(void)
{
	memset(count, 0, sizeof count);
	left = thrum_chan_make(sizeof(int), 0);
	right = thrum_chan_make(sizeof(int), 2);
	thrum_wg_add(&wg, 4);
	CHECK(thrum_go(taker, NULL) == 0 && thrum_go(taker, NULL) == 0);
	CHECK(thrum_go(giver, NULL) == 0 && thrum_go(giver, (void *)2000L) == 0);
	thrum_wg_wait(&wg);
	for (int i = 0; i < 4000; i++)
		CHECK(count[i] == 1);
	thrum_chan_free(left);
	thrum_chan_free(right);
}

int
main(void)
{
	for (int procs = 1; procs <= 3; procs++) {
		thrum_maxprocs(procs);
		oneready();
		twice();
		meet();
		thousand();
		doubled();
	}
	puts("ok");
	return 0;
}
