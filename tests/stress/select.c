// SPDX-License-Identifier: MIT
//
// select.c - each value that is sent is received exactly once, and nobody waits for ever; the
// choice is fair.
//
//	select N SEED          values are sent and received in every way, until there have been N
//	                       selects
//	select fair SEED       chi-square of what select chooses
//
// Senders pass numbers over a few channels of small room: by send, attempts, time limits, a select
// over several channels with the same number in each case, some of which also receive. Receivers do
// likewise, some are threads. The sets of channels overlap, contain NULL, and a channel more than
// once. At the end the channels are closed; each number must have been received once. A lost
// wake-up is a deadlock, or the watchdog ends it.
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "random.h"
#define CHECK_END abort()
#include "../prog/extra/check.h"

enum { NCHAN = 7, SENDERS = 12, RECEIVERS = 10, THREADS = 2, CASES = 6 };

static thrum_chan *chans[NCHAN];
static _Atomic uint8_t *got;
static long limit, want; // of values, of selects
static _Atomic long sent;
static uint64_t seed;
static _Atomic long selects, waits;
static thrum_wg senders, receivers;

static void
received(long v)
{
	CHECK(v >= 0 && v < sent);
	CHECK(got[v]++ == 0);
}

// Fills k with n cases; sends are of *out. Each receiving case has a place of its own in in.
static void
cases(uint64_t *r, thrum_selcase *k, int n, long *out, long *in, int sends)
{
	for (int i = 0; i < n; i++) {
		uint64_t x = next(r);
		bool send = (int)(x >> 8 & 7) < sends;
		in[i] = -1;
		k[i] = (thrum_selcase){ (x >> 16 & 15) == 0 ? NULL : chans[(x >> 32) % NCHAN], send ? out : &in[i], send, true };
	}
}

// One number out; numbers may come in meanwhile.
static void
pass(uint64_t *r, long v)
{
	thrum_selcase k[CASES];
	long in[CASES];
	for (;;) {
		uint64_t x = next(r);
		thrum_chan *c = chans[(x >> 32) % NCHAN];
		int n = 1 + (int)((x >> 8) % CASES), at;
		switch (x & 7) {
		case 0:
		case 1:
			thrum_chan_send(c, &v);
			return;
		case 2:
			if (thrum_chan_trysend(c, &v) == 1)
				return;
			break;
		case 3:
			if (thrum_chan_sendtimeout(c, &v, (int64_t)(x >> 48) % 20000) == 1)
				return;
			break;
		default:
			cases(r, k, n, &v, in, x & 8 ? 8 : 4);
			if (x & 8) // it ends, because somebody receives everywhere
				k[0] = (thrum_selcase){ c, &v, true, true };
			int64_t limit = x & 8 ? -1 : x & 16 ? 0 : (int64_t)(x >> 48) % 20000;
			at = thrum_select(k, (size_t)n, limit);
			selects++;
			if (at < 0) {
				CHECK(limit >= 0 && at == (limit == 0 ? -EAGAIN : -ETIMEDOUT));
				break;
			}
			CHECK(k[at].chan);
			for (int i = 0; i < n; i++)
				// Nothing comes to the others.
				CHECK(k[i].send || (in[i] != -1) == (i == at));
			if (k[at].send)
				return;
			CHECK(k[at].ok);
			received(in[at]);
		}
		if ((x >> 24 & 15) == 0)
			thrum_yield();
	}
}

static void
sender(void *arg)
{
	long me = (long)arg;
	uint64_t r = seed + (uint64_t)me * 77;
	while (selects < want) {
		long v = sent++;
		CHECK(v < limit);
		pass(&r, v);
	}
	thrum_wg_done(&senders);
}

static void
receiver(void *arg)
{
	uint64_t r = seed ^ (uint64_t)(long)arg * 12345;
	thrum_selcase k[CASES];
	long in[CASES], v;
	for (;;) {
		uint64_t x = next(&r);
		thrum_chan *c = chans[(x >> 32) % NCHAN];
		int n = 2 + (int)((x >> 8) % (CASES - 1)), at, rc;
		v = -1;
		switch (x & 7) {
		case 0:
			rc = thrum_chan_recv(c, &v);
			break;
		case 1:
			rc = thrum_chan_tryrecv(c, &v);
			break;
		case 2:
			rc = thrum_chan_recvtimeout(c, &v, (int64_t)(x >> 48) % 20000);
			break;
		default:
			cases(&r, k, n, NULL, in, 0);
			k[0].chan = c;
			at = thrum_select(k, (size_t)n, x & 8 ? -1 : 0);
			selects++;
			CHECK(at >= 0 || (at == -EAGAIN && !(x & 8)));
			rc = at < 0 ? at : k[at].ok;
			if (at >= 0)
				v = in[at];
			for (int i = 0; i < n; i++)
				CHECK(i == at || in[i] == -1);
		}
		if (rc == 1)
			received(v);
		else if (rc == 0)
			break; // closed
		else
			waits++;
		if ((x >> 24 & 15) == 0)
			thrum_yield();
	}
	CHECK(v == 0);
	thrum_wg_done(&receivers);
}

// One goroutine receives everywhere, so that no sender waits for ever on a channel that all others
// avoid.
static void
sink(void *arg)
{
	thrum_selcase k[NCHAN];
	long v[NCHAN];
	(void)arg;
	for (;;) {
		for (int i = 0; i < NCHAN; i++)
			k[i] = (thrum_selcase){ chans[i], &v[i], false, false };
		int at = thrum_select(k, NCHAN, -1);
		if (!k[at].ok)
			break;
		received(v[at]);
	}
	thrum_wg_done(&receivers);
}

static void *
onthread(void *arg)
{
	long n = (long)arg;
	(n < 0 ? receiver : sender)((void *)(n < 0 ? -n : n));
	return NULL;
}

static void
once(void)
{
	pthread_t t[2 * THREADS];
	int nt = 0;
	limit = 2 * want + SENDERS; // a value takes one select, mostly
	CHECK(got = calloc((size_t)limit, 1));
	for (int i = 0; i < NCHAN; i++)
		CHECK(chans[i] = thrum_chan_make(sizeof(long), (size_t)(i % 4)));
	thrum_wg_add(&senders, SENDERS);
	thrum_wg_add(&receivers, RECEIVERS + 1);
	CHECK(thrum_go(sink, NULL) == 0);
	for (long i = 0; i < SENDERS - THREADS; i++)
		CHECK(thrum_go(sender, (void *)i) == 0);
	for (long i = 1; i <= RECEIVERS - THREADS; i++)
		CHECK(thrum_go(receiver, (void *)i) == 0);
	for (long i = 0; i < THREADS; i++) {
		CHECK(pthread_create(&t[nt++], NULL, onthread, (void *)(SENDERS - 1 - i)) == 0);
		CHECK(pthread_create(&t[nt++], NULL, onthread, (void *)-(RECEIVERS - i)) == 0);
	}
	thrum_wg_wait(&senders);
	for (int i = 0; i < NCHAN; i++)
		thrum_chan_close(chans[i]);
	thrum_wg_wait(&receivers);
	while (nt > 0)
		pthread_join(t[--nt], NULL);
	for (int i = 0; i < NCHAN; i++) {
		for (long v; thrum_chan_recv(chans[i], &v);)
			received(v);
		thrum_chan_free(chans[i]);
	}
	for (long i = 0; i < sent; i++)
		CHECK(got[i] == 1);
	thrum_stats s;
	thrum_get_stats(&s);
	printf("%ld selects, %ld values, %ld attempts for nothing, %lu parks, %lu stacks moved: each received once\n", selects, sent, waits,
		(unsigned long)s.parks, (unsigned long)s.copies);
}

// ---- fairness ----------------------------------------------------------------

// The value that chi-square of n equal chances exceeds with a probability of 1e-9 (Wilson and
// Hilferty).
static double
fair(int n)
{
	double d = n - 1, a = 2 / (9 * d), b = 1 - a + 6.0 * sqrt(a);
	return d * b * b * b;
}

static double
chisquare(const long *count, int n, long trials)
{
	double want = (double)trials / n, sum = 0;
	for (int i = 0; i < n; i++)
		sum += ((double)count[i] - want) * ((double)count[i] - want) / want;
	return sum;
}

// Of n channels those in the mask are ready; new ones every so often, so that their locks belong to
// nobody.
static void
choose(int n, uint64_t mask, long trials, int renew, bool send)
{
	thrum_chan *c[64] = { 0 };
	thrum_selcase k[64];
	long count[64] = { 0 }, hot[64], v = 1;
	int nhot = 0;
	for (long t = 0; t < trials; t++) {
		if (t % renew == 0)
			for (int i = 0; i < n; i++) {
				thrum_chan_free(c[i]);
				c[i] = thrum_chan_make(sizeof v, 1);
				if ((mask >> i & 1) != send)
					thrum_chan_send(c[i], &v);
			}
		for (int i = 0; i < n; i++)
			k[i] = (thrum_selcase){ c[i], &v, send, false };
		int at = thrum_select(k, (size_t)n, t % 2 ? 0 : -1);
		CHECK(at >= 0 && mask >> at & 1);
		count[at]++;
		if (send)
			thrum_chan_recv(c[at], &v);
		else
			thrum_chan_send(c[at], &v);
	}
	for (int i = 0; i < n; i++)
		if (mask >> i & 1)
			hot[nhot++] = count[i];
	double x = chisquare(hot, nhot, trials);
	printf("%d of %d ready: chi-square %.1f, limit %.1f\n", nhot, n, x, fair(nhot));
	CHECK(x < fair(nhot));
	for (int i = 0; i < n; i++)
		thrum_chan_free(c[i]);
}

// A chooser that begins at random and takes the next one that is ready is not fair; the test must
// see that.
static void
power(long trials)
{
	uint64_t r = seed;
	long count[2] = { 0 };
	for (long t = 0; t < trials; t++)
		// Of 4 channels the first and the second are ready: 3 to 1.
		count[next(&r) % 4 == 0]++;
	CHECK(chisquare(count, 2, trials) > fair(2));
	count[0] = trials / 2 + trials / 40; // and a twentieth
	count[1] = trials - count[0];
	CHECK(chisquare(count, 2, trials) > fair(2));
}

int
main(int argc, char **argv)
{
	CHECK(argc > 2);
	seed = strtoull(argv[2], NULL, 10);
	if (strcmp(argv[1], "fair") != 0) {
		want = strtol(argv[1], NULL, 10);
		once();
		return 0;
	}
	long trials = 60000;
	power(trials);
	for (int renew = 100; renew <= 100000; renew *= 1000)
		for (int send = 0; send < 2; send++) {
			choose(2, 3, trials, renew, send);
			choose(3, 7, trials, renew, send);
			choose(4, 3, trials, renew, send);
			choose(8, 0x91, trials, renew, send);
			choose(8, 0xff, trials, renew, send);
			choose(64, 0x8000000000000003, trials / 4, renew, send);
			choose(64, UINT64_MAX, trials, renew, send);
		}
	return 0;
}
