// SPDX-License-Identifier: MIT
// Shows that close wakes all receivers. Receivers get the values that are left first, then zeros
// and false; a select sees the close too.
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
static thrum_chan *c;
static _Atomic int waiting, got, ended;

static void
receiver(void *arg)
{
	long v = -1;
	(void)arg;
	waiting++;
	while (thrum_chan_recv(c, &v)) {
		CHECK(v > 0);
		got++;
		v = -1;
	}
	CHECK(v == 0);
	CHECK(!thrum_chan_recv(c, &v) && !thrum_chan_recv(c, NULL));
	ended++;
	thrum_wg_done(&wg);
}

static void
chooser(void *arg)
{
	long v = -1, w = 5;
	thrum_chan *other = thrum_chan_make(8, 0);
	thrum_selcase k[] = { { other, &w, false, true }, { c, &v, false, true }, { other, &w, true, true } };
	(void)arg;
	waiting++;
	int i;
	while ((i = thrum_select(k, 3, -1)) == 1 && k[1].ok)
		got++;
	CHECK(i == 1 && v == 0 && w == 5);
	thrum_chan_free(other);
	ended++;
	thrum_wg_done(&wg);
}

int
main(void)
{
	for (int procs = 1; procs <= 3; procs++) {
		thrum_maxprocs(procs);
		for (int cap = 0; cap < 60; cap += 20) {
			waiting = got = ended = 0;
			c = thrum_chan_make(sizeof(long), (size_t)cap);
			thrum_wg_add(&wg, 100);
			for (int i = 0; i < 50; i++)
				CHECK(thrum_go(receiver, NULL) == 0 && thrum_go(chooser, NULL) == 0);
			while (waiting < 100)
				thrum_yield();
			for (long i = 1; i <= 1000; i++)
				thrum_chan_send(c, &i);
			thrum_chan_close(c);
			thrum_wg_wait(&wg);
			CHECK(got == 1000 && ended == 100);
			thrum_chan_free(c);
		}
	}
	// The values in it stay if nobody waits.
	c = thrum_chan_make(sizeof(long), 10);
	for (long i = 1; i <= 7; i++)
		thrum_chan_send(c, &i);
	thrum_chan_close(c);
	CHECK(thrum_chan_len(c) == 7);
	long v;
	for (long i = 1; i <= 7; i++)
		CHECK(thrum_chan_recv(c, &v) && v == i);
	CHECK(!thrum_chan_recv(c, &v) && v == 0);
	thrum_chan_free(c);
	puts("ok");
	return 0;
}
