// SPDX-License-Identifier: MIT
// Shows that channels work between goroutines and threads that run none: both sides, waiting,
// close, select, time limits.
// thrum-only
// ldflags: -lpthread
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <pthread.h>

#include "extra/check.h"

enum { N = 2000 };

static THRUM_CHAN(long) c, d;
static thrum_wg wg;
static _Atomic long sum;
static _Atomic int open;

static void
gsend(void *arg)
{
	(void)arg;
	for (long i = 1; i <= N; i++)
		THRUM_SEND(c, i);
	if (--open == 0)
		THRUM_CLOSE(c);
	thrum_wg_done(&wg);
}

static void
grecv(void *arg)
{
	long v;
	(void)arg;
	while (THRUM_RECV(c, &v))
		sum += v;
	thrum_wg_done(&wg);
}

static void *
tsend(void *arg)
{
	gsend(arg);
	return NULL;
}

static void *
trecv(void *arg)
{
	grecv(arg);
	return NULL;
}

static void *
tselect(void *arg)
{
	long v, out = 0;
	bool ok = true;
	(void)arg;
	while (ok) {
		THRUM_SELECT {
		THRUM_ON_RECV_OK(c, &v, &ok) {
			sum += v;
		}
		THRUM_ON_SEND(d, &out) { // nobody receives
			CHECK(0);
		}
		}
	}
	thrum_wg_done(&wg);
	return NULL;
}

static void
round_(int cap, int gs, int ts, int gr, int tr, int tsel)
{
	pthread_t t[8];
	int n = 0;
	c = thrum_chan_of(long, (size_t)cap);
	sum = 0;
	open = gs + ts;
	thrum_wg_add(&wg, gs + ts + gr + tr + tsel);
	for (int i = 0; i < gs; i++)
		CHECK(thrum_go(gsend, NULL) == 0);
	for (int i = 0; i < gr; i++)
		CHECK(thrum_go(grecv, NULL) == 0);
	for (int i = 0; i < ts; i++)
		CHECK(pthread_create(&t[n++], NULL, tsend, NULL) == 0);
	for (int i = 0; i < tr; i++)
		CHECK(pthread_create(&t[n++], NULL, trecv, NULL) == 0);
	for (int i = 0; i < tsel; i++)
		CHECK(pthread_create(&t[n++], NULL, tselect, NULL) == 0);
	thrum_wg_wait(&wg);
	while (n > 0)
		pthread_join(t[--n], NULL);
	CHECK(sum == (long)(gs + ts) * N * (N + 1) / 2);
	THRUM_FREE(c);
}

// Before thrum_run, too, threads may use channels: main here is a goroutine, so a thread stands for
// that.
static void *
alone(void *arg)
{
	thrum_chan *own = thrum_chan_make(sizeof(int), 1);
	int v = 3;
	(void)arg;
	thrum_chan_send(own, &v);
	CHECK(thrum_chan_trysend(own, &v) == -EAGAIN);
	CHECK(thrum_chan_sendtimeout(own, &v, 1000000) == -ETIMEDOUT);
	v = 0;
	CHECK(thrum_chan_recvtimeout(own, &v, 1000000) == 1 && v == 3);
	CHECK(thrum_chan_recvtimeout(own, &v, 1000000) == -ETIMEDOUT);
	thrum_selcase k[] = { { own, &v, false, false }, { own, &v, true, false } };
	CHECK(thrum_select(k, 1, 1000000) == -ETIMEDOUT && thrum_select(k, 2, 1000000) == 1);
	thrum_chan_close(own);
	CHECK(thrum_chan_recv(own, &v) && !thrum_chan_recv(own, &v));
	thrum_chan_free(own);
	return NULL;
}

int
main(void)
{
	pthread_t t;
	d = thrum_chan_of(long, 0);
	for (int procs = 1; procs <= 2; procs++) {
		thrum_maxprocs(procs);
		for (int cap = 0; cap <= 3; cap += 3) {
			round_(cap, 1, 0, 0, 1, 0);
			round_(cap, 0, 1, 1, 0, 0);
			round_(cap, 0, 1, 0, 1, 0);
			round_(cap, 2, 2, 2, 1, 1);
			round_(cap, 3, 0, 0, 0, 2);
		}
	}
	CHECK(pthread_create(&t, NULL, alone, NULL) == 0);
	pthread_join(t, NULL);
	THRUM_FREE(d);
	puts("ok");
	return 0;
}
