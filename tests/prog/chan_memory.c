// SPDX-License-Identifier: MIT
// Shows the order that channels give to plain stores. A store before a send is seen after the
// receive. A store before a receive from an unbuffered channel is seen after the send. In a channel
// of C places, a store before the k-th receive is seen after send number k + C. A store before a
// close is seen after a receive that reports it. Plain variables, two Ps and a thread, in volume.
// thrum-only
// ldflags: -lpthread
// levels: O0 O2
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <pthread.h>

#include "extra/check.h"

enum { N = 20000, NTHREAD = 2000, C = 4 };

static THRUM_CHAN(char) c, ack;
static long data[64], guard;
static thrum_wg wg;
static long rounds;
static pthread_t thread;

struct start { void (*fn)(void *); };
static struct start start;

static void *
onthread(void *arg)
{
	((struct start *)arg)->fn(NULL);
	return NULL;
}

// begin runs fn as a goroutine, or on a thread: then the two are certainly on two processors.
static void
begin(void (*fn)(void *), bool asthread)
{
	rounds = asthread ? NTHREAD : N;
	start.fn = fn;
	thrum_wg_add(&wg, 1);
	if (asthread)
		CHECK(pthread_create(&thread, NULL, onthread, &start) == 0);
	else
		CHECK(thrum_go(fn, NULL) == 0);
}

static void
end(bool asthread)
{
	thrum_wg_wait(&wg);
	if (asthread)
		pthread_join(thread, NULL);
}

// Row: a send comes before its receive is complete.
static void
producer(void *arg)
{
	(void)arg;
	for (long i = 1; i <= rounds; i++) {
		data[i % 64] = i;
		THRUM_SEND(c, 1);
		THRUM_RECV(ack, NULL);
	}
	thrum_wg_done(&wg);
}

static void
passing(size_t cap, bool asthread)
{
	c = thrum_chan_of(char, cap);
	ack = thrum_chan_of(char, cap);
	begin(producer, asthread);
	for (long i = 1; i <= rounds; i++) {
		THRUM_RECV(c, NULL);
		CHECK(data[i % 64] == i);
		data[i % 64] = -i;
		THRUM_SEND(ack, 1);
	}
	end(asthread);
	THRUM_FREE(c);
	THRUM_FREE(ack);
}

// Row: a receive without buffer comes before its send is complete.
static void
taker(void *arg)
{
	(void)arg;
	for (long i = 1; i <= rounds; i++) {
		data[i % 64] = i;
		THRUM_RECV(c, NULL);
	}
	thrum_wg_done(&wg);
}

static void
reversed(bool asthread)
{
	memset(data, 0, sizeof data);
	c = thrum_chan_of(char, 0);
	begin(taker, asthread);
	for (long i = 1; i <= rounds; i++) {
		THRUM_SEND(c, 1);
		CHECK(data[i % 64] == i);
	}
	end(asthread);
	THRUM_FREE(c);
}

// Row: the k-th receive comes before the send number k + C: a semaphore of C places, so never more
// than C inside.
static _Atomic int inside;
static long entered[C + 4];

static void
worker(void *arg)
{
	long *mine = arg;
	for (int i = 0; i < N / 8; i++) {
		THRUM_SEND(c, 1);
		CHECK(++inside <= C);
		++*mine;
		--inside;
		THRUM_RECV(c, NULL);
	}
	thrum_wg_done(&wg);
}

static void *
threadworker(void *arg)
{
	worker(arg);
	return NULL;
}

static void
semaphore(void)
{
	pthread_t t;
	c = thrum_chan_of(char, C);
	thrum_wg_add(&wg, C + 4);
	for (int i = 0; i < C + 3; i++)
		CHECK(thrum_go(worker, &entered[i]) == 0);
	CHECK(pthread_create(&t, NULL, threadworker, &entered[C + 3]) == 0);
	thrum_wg_wait(&wg);
	pthread_join(t, NULL);
	for (int i = 0; i < C + 4; i++)
		CHECK(entered[i] == N / 8);
	THRUM_FREE(c);
	// One place is a mutex: a plain counter.
	c = thrum_chan_of(char, 1);
	guard = 0;
}

static void
locker(void *arg)
{
	(void)arg;
	for (int i = 0; i < N; i++) {
		THRUM_SEND(c, 1);
		guard++;
		THRUM_RECV(c, NULL);
	}
	thrum_wg_done(&wg);
}

// Row: a close comes before a receive that returns because of it.
static void
closer(void *arg)
{
	(void)arg;
	data[0] = 4711;
	THRUM_CLOSE(c);
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_maxprocs(2);
	for (int asthread = 0; asthread < 2; asthread++) {
		passing(0, asthread);
		passing(1, asthread);
		passing(C, asthread);
		reversed(asthread);
	}
	semaphore();
	thrum_wg_add(&wg, 3);
	for (int i = 0; i < 3; i++)
		CHECK(thrum_go(locker, NULL) == 0);
	thrum_wg_wait(&wg);
	CHECK(guard == 3L * N);
	THRUM_FREE(c);
	for (int i = 0; i < 2000; i++) {
		c = thrum_chan_of(char, i % 3);
		data[0] = 0;
		thrum_wg_add(&wg, 1);
		CHECK(thrum_go(closer, NULL) == 0);
		if (i % 2)
			thrum_yield();
		CHECK(!THRUM_RECV(c, NULL) && data[0] == 4711);
		thrum_wg_wait(&wg);
		THRUM_FREE(c);
	}
	puts("ok");
	return 0;
}
