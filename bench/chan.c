// SPDX-License-Identifier: MIT
//
// chan.c - question: what does a message over a channel cost, and a choice among several?
//
//	Chan/unbuffered-P   one goroutine sends, one receives, on P Ps; per message
//	Chan/buffered-P     the same with room for 128
//	Chan/local-P        fill and drain a channel of 128 within one goroutine: no switch at all
//	Chan/select2-1      receive from one of two channels that are ready, and send it back
//	Chan/select64-1     the same with 64
//	Chan/select64-wait-P  wait on 64 channels; another sends on one of them at random
//	Chan/try-1          an attempt to receive from an empty channel
//	Chan/ring-P         a number goes round 1,000 goroutines; per hop
//	Chan/sieve-P        the first 500 primes by a chain of filters; ns of all
//	Chan/many-2         100 goroutines send to 100 over one channel with room for 100; per message
//
// On one P processor time, on two wall time. Peer: go/chan.go, the same cases.

#include "bench.h"
#include <sched.h>
#include <thrum.h>

#define RING 1000
#define PRIMES 500
#define MANY 100

static thrum_wg wg;
static THRUM_CHAN(long) chan;

static void
start(void (*fn)(void *), void *arg)
{
	if (thrum_go(fn, arg) != 0) {
		fprintf(stderr, "chan: cannot start a goroutine\n");
		exit(1);
	}
}

static THRUM_CHAN(long)
make(size_t cap)
{
	THRUM_CHAN(long) c = thrum_chan_of(long, cap);
	if (c == NULL) {
		fprintf(stderr, "chan: out of memory\n");
		exit(1);
	}
	return c;
}

// ---- one way ------------------------------------------------------------------

static void
consumer(void *arg)
{
	THRUM_CHAN(long) c = (THRUM_CHAN(long))arg;
	long v, sum = 0;
	while (THRUM_RECV(c, &v))
		sum += v;
	bench_keep((uint64_t)sum);
	thrum_wg_done(&wg);
}

static void
oneway(size_t cap, uint64_t n)
{
	chan = make(cap);
	thrum_wg_add(&wg, 1);
	start(consumer, (void *)chan);
	for (long i = 0; i < (long)n; i++)
		THRUM_SEND(chan, i);
	THRUM_CLOSE(chan);
	thrum_wg_wait(&wg);
	THRUM_FREE(chan);
}

static void
run_unbuffered(bench_case *c, uint64_t n)
{
	bench_procs((int)c->arg);
	oneway(0, n);
}

static void
run_buffered(bench_case *c, uint64_t n)
{
	bench_procs((int)c->arg);
	oneway(128, n);
}

static void
run_local(bench_case *c, uint64_t n)
{
	bench_procs((int)c->arg);
	static THRUM_CHAN(long) own[3]; // used in all rounds, as a program's would be
	if (own[c->arg] == NULL)
		own[c->arg] = make(128);
	for (uint64_t done = 0; done < n; done += 128) {
		long v;
		for (long i = 0; i < 128; i++)
			THRUM_SEND(own[c->arg], i);
		for (long i = 0; i < 128; i++)
			THRUM_RECV(own[c->arg], &v);
	}
}

// ---- select -------------------------------------------------------------------

static thrum_chan *many[64];

static void
run_ready(bench_case *c, uint64_t n)
{
	size_t k = (size_t)c->arg;
	thrum_selcase cases[64];
	long v = 1;
	bench_procs(1);
	for (size_t i = 0; i < k; i++) {
		many[i] = thrum_chan_raw(make(1));
		thrum_chan_send(many[i], &v);
		cases[i] = (thrum_selcase){many[i], &v, false, false};
	}
	for (uint64_t i = 0; i < n; i++) {
		int at = thrum_select(cases, k, -1);
		thrum_chan_send(many[at], &v);
	}
	for (size_t i = 0; i < k; i++)
		thrum_chan_free(many[i]);
}

static void
feeder(void *arg)
{
	uint64_t n = *(uint64_t *)arg, seed = 88172645463325252;
	long v = 1;
	for (uint64_t i = 0; i < n; i++)
		thrum_chan_send(many[bench_random(&seed) >> 58], &v);
	thrum_wg_done(&wg);
}

static void
run_wait(bench_case *c, uint64_t n)
{
	thrum_selcase cases[64];
	long v;
	bench_procs((int)c->arg);
	for (int i = 0; i < 64; i++) {
		many[i] = thrum_chan_raw(make(0));
		cases[i] = (thrum_selcase){many[i], &v, false, false};
	}
	thrum_wg_add(&wg, 1);
	start(feeder, &n);
	for (uint64_t i = 0; i < n; i++)
		bench_keep((uint64_t)thrum_select(cases, 64, -1));
	thrum_wg_wait(&wg);
	for (int i = 0; i < 64; i++)
		thrum_chan_free(many[i]);
}

static void
run_try(bench_case *c, uint64_t n)
{
	long v;
	(void)c;
	bench_procs(1);
	chan = make(0);
	for (uint64_t i = 0; i < n; i++)
		bench_keep((uint64_t)THRUM_TRYRECV(chan, &v));
	THRUM_FREE(chan);
}

// ---- many ---------------------------------------------------------------------

struct member {
	THRUM_CHAN(long) in, out;
};

static void
member(void *arg)
{
	struct member *m = arg;
	long v;
	while (THRUM_RECV(m->in, &v))
		if (v > 0)
			THRUM_SEND(m->out, v - 1);
		else
			thrum_wg_done(&wg);
	thrum_wg_done(&wg);
}

static void
run_ring(bench_case *c, uint64_t n)
{
	static struct member ring[RING];
	bench_procs((int)c->arg);
	for (int i = 0; i < RING; i++)
		ring[i].in = make(0);
	for (int i = 0; i < RING; i++) {
		ring[i].out = ring[(i + 1) % RING].in;
		start(member, &ring[i]);
	}
	thrum_yield(); // all wait
	uint64_t t = c->wall ? bench_wall() : bench_cpu();
	thrum_wg_add(&wg, 1);
	THRUM_SEND(ring[0].in, (long)n);
	thrum_wg_wait(&wg);
	c->own_ns = (c->wall ? bench_wall() : bench_cpu()) - t;
	thrum_wg_add(&wg, RING);
	for (int i = 0; i < RING; i++)
		THRUM_CLOSE(ring[i].in);
	thrum_wg_wait(&wg);
	for (int i = 0; i < RING; i++)
		THRUM_FREE(ring[i].in);
}

struct filter {
	THRUM_CHAN(long) in, out;
	long prime;
};

static void
numbers(void *arg)
{
	THRUM_CHAN(long) out = (THRUM_CHAN(long))arg, quit = chan;
	for (long i = 2;; i++) {
		bool over = false;
		THRUM_SELECT {
		THRUM_ON_SEND(out, &i) {
		}
		THRUM_ON_RECV(quit, NULL) {
			over = true;
		}
		}
		if (over)
			break;
	}
	THRUM_CLOSE(out);
	thrum_wg_done(&wg);
}

static void
filter(void *arg)
{
	struct filter *f = arg;
	long v;
	while (THRUM_RECV(f->in, &v))
		if (v % f->prime != 0)
			THRUM_SEND(f->out, v);
	THRUM_CLOSE(f->out);
	thrum_wg_done(&wg);
}

static void
run_sieve(bench_case *c, uint64_t n)
{
	static struct filter f[PRIMES];
	long v = 0;
	bench_procs((int)c->arg);
	chan = make(0);
	THRUM_CHAN(long) last = make(0);
	THRUM_CHAN(long) first = last;
	thrum_wg_add(&wg, PRIMES + 1);
	start(numbers, (void *)first);
	for (int i = 0; i < PRIMES; i++) {
		THRUM_RECV(last, &v);
		f[i] = (struct filter){last, make(0), v};
		last = f[i].out;
		start(filter, &f[i]);
	}
	if (v != 3571) {
		fprintf(stderr, "chan: prime number %d is %ld\n", PRIMES, v);
		exit(1);
	}
	THRUM_CLOSE(chan);
	while (THRUM_RECV(last, &v))
		;
	thrum_wg_wait(&wg);
	THRUM_FREE(first);
	for (int i = 0; i < PRIMES; i++)
		THRUM_FREE(f[i].out);
	THRUM_FREE(chan);
	bench_keep(n);
}

static thrum_wg senders;

static void
producer(void *arg)
{
	uint64_t n = *(uint64_t *)arg / MANY;
	for (uint64_t i = 0; i < n; i++)
		THRUM_SEND(chan, (long)i);
	thrum_wg_done(&senders);
}

static void
run_many(bench_case *c, uint64_t n)
{
	bench_procs((int)c->arg);
	chan = make(MANY);
	thrum_wg_add(&senders, MANY);
	thrum_wg_add(&wg, MANY);
	for (int i = 0; i < MANY; i++) {
		start(producer, &n);
		start(consumer, (void *)chan);
	}
	thrum_wg_wait(&senders);
	THRUM_CLOSE(chan);
	thrum_wg_wait(&wg);
	THRUM_FREE(chan);
}

static bench_case cases[] = {
	{.name = "Chan/unbuffered-1", .run = run_unbuffered, .arg = 1},
	{.name = "Chan/unbuffered-2", .run = run_unbuffered, .wall = true, .arg = 2},
	{.name = "Chan/buffered-1", .run = run_buffered, .arg = 1},
	{.name = "Chan/buffered-2", .run = run_buffered, .wall = true, .arg = 2},
	{.name = "Chan/local-1", .run = run_local, .unit = 128, .arg = 1},
	{.name = "Chan/local-2", .run = run_local, .unit = 128, .wall = true, .arg = 2},
	{.name = "Chan/select2-1", .run = run_ready, .arg = 2},
	{.name = "Chan/select64-1", .run = run_ready, .arg = 64},
	{.name = "Chan/select64-wait-1", .run = run_wait, .arg = 1},
	{.name = "Chan/select64-wait-2", .run = run_wait, .wall = true, .arg = 2},
	{.name = "Chan/try-1", .run = run_try},
	{.name = "Chan/ring-1", .run = run_ring, .unit = RING, .arg = 1},
	{.name = "Chan/ring-2", .run = run_ring, .unit = RING, .wall = true, .arg = 2},
	{.name = "Chan/sieve-1", .run = run_sieve, .fixed = 1, .arg = 1},
	{.name = "Chan/sieve-2", .run = run_sieve, .fixed = 1, .wall = true, .arg = 2},
	{.name = "Chan/many-2", .run = run_many, .unit = MANY, .wall = true, .arg = 2},
	{.name = NULL},
};

int
main(int argc, char **argv)
{
	cpu_set_t set;
	bench_case *list[32];
	unsigned n = 0;
	bench_setup(argc, argv);
	bool two = sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) >= 2 && bench_procs(2) >= 2;
	if (!two)
		printf("# skipped: chan on 2 Ps: there is one processor\n");
	for (bench_case *c = cases; c->name != NULL; c++)
		if (two || !c->wall)
			list[n++] = c;
	bench_rotate(list, n, bench_rounds(3));
	return 0;
}
