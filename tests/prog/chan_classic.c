// SPDX-License-Identifier: MIT
// Shows that the programs work that channels are known for: the prime sieve, a ring of goroutines,
// ping-pong, power series.
// thrum-only
// out: sieve ok
// out: ring ok
// out: ping-pong ok
// out: order ok
// out: series ok
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

static void
go(void (*fn)(void *), void *arg)
{
	CHECK(thrum_go(fn, arg) == 0);
}

static void *
copy(const void *p, size_t n)
{
	void *q = malloc(n);
	CHECK(q);
	return memcpy(q, p, n);
}
#define COPY(x) copy(&(x), sizeof(x))

// ---- the sieve: a chain of filters, one per prime ----

typedef THRUM_CHAN(int) ints;
struct filter { ints in, out; int prime; };

static void
numbers(void *arg)
{
	ints out = (ints)arg;
	for (int i = 2;; i++)
		THRUM_SEND(out, i);
}

static void
filter(void *arg)
{
	struct filter f = *(struct filter *)arg;
	int v;
	free(arg);
	while (THRUM_RECV(f.in, &v))
		if (v % f.prime != 0)
			THRUM_SEND(f.out, v);
}

static void
sieve(void)
{
	ints c = thrum_chan_of(int, 0);
	int v, primes[100];
	go(numbers, (void *)c);
	for (int i = 0; i < 100; i++) {
		CHECK(THRUM_RECV(c, &v));
		primes[i] = v;
		struct filter f = { c, thrum_chan_of(int, 0), v };
		go(filter, COPY(f));
		c = f.out;
	}
	CHECK(primes[0] == 2 && primes[24] == 97 && primes[99] == 541);
	puts("sieve ok");
}

// ---- a ring: a number goes round and is counted down ----

struct member { ints in, out; THRUM_CHAN(int) done; int id; };

static void
member(void *arg)
{
	struct member m = *(struct member *)arg;
	int v;
	free(arg);
	while (THRUM_RECV(m.in, &v)) {
		if (v == 0) {
			THRUM_SEND(m.done, m.id);
			continue;
		}
		THRUM_SEND(m.out, v - 1);
	}
}

static void
ring(void)
{
	enum { N = 503 };
	ints c[N], done = thrum_chan_of(int, 0);
	int who;
	for (int i = 0; i < N; i++)
		c[i] = thrum_chan_of(int, 0);
	for (int i = 0; i < N; i++) {
		struct member m = { c[i], c[(i + 1) % N], done, i + 1 };
		go(member, COPY(m));
	}
	THRUM_SEND(c[0], 1000);
	CHECK(THRUM_RECV(done, &who) && who == 1000 % N + 1);
	THRUM_SEND(c[0], 10000);
	CHECK(THRUM_RECV(done, &who) && who == 10000 % N + 1);
	puts("ring ok");
}

// ---- ping-pong, with values on both ways ----

struct pair { ints to, fro; };

static void
pong(void *arg)
{
	struct pair *p = arg;
	int v;
	while (THRUM_RECV(p->to, &v))
		THRUM_SEND(p->fro, v + 1);
	THRUM_CLOSE(p->fro);
}

static void
pingpong(void)
{
	struct pair p = { thrum_chan_of(int, 0), thrum_chan_of(int, 0) };
	int v = 0;
	go(pong, &p);
	for (int i = 0; i < 20000; i++) {
		THRUM_SEND(p.to, v);
		CHECK(THRUM_RECV(p.fro, &v) && v == i + 1);
	}
	THRUM_CLOSE(p.to);
	CHECK(!THRUM_RECV(p.fro, &v));
	THRUM_FREE(p.to);
	THRUM_FREE(p.fro);
	puts("ping-pong ok");
}

// ---- order: each goroutine waits for its predecessor, so they print in order ----

struct link { ints before, after; int *at, id; };

static void
inorder(void *arg)
{
	struct link *l = arg;
	int v;
	CHECK(THRUM_RECV(l->before, &v) && v == l->id);
	CHECK(*l->at == l->id);
	++*l->at;
	THRUM_SEND(l->after, v + 1);
}

static void
order(void)
{
	enum { N = 200 };
	struct link l[N];
	int at = 0, v;
	ints first = thrum_chan_of(int, 0), c = first;
	for (int i = 0; i < N; i++) {
		l[i] = (struct link){ c, thrum_chan_of(int, 0), &at, i };
		c = l[i].after;
		go(inorder, &l[i]);
	}
	THRUM_SEND(first, 0);
	CHECK(THRUM_RECV(c, &v) && v == N && at == N);
	puts("order ok");
}

// ---- power series: a stream gives a coefficient whenever it is asked for the next ----

typedef struct rat { long n, d; } rat;
typedef struct stream { THRUM_CHAN(char) ask; THRUM_CHAN(rat) give; } stream;

static long
gcd(long a, long b)
{
	return b ? gcd(b, a % b) : a < 0 ? -a : a;
}

static rat
mk(long n, long d)
{
	long g = gcd(n, d);
	return d < 0 ? (rat){ -n / g, -d / g } : (rat){ n / g, d / g };
}

static rat radd(rat a, rat b) { return mk(a.n * b.d + b.n * a.d, a.d * b.d); }
static rat rmul(rat a, rat b) { return mk(a.n * b.n, a.d * b.d); }

static stream
series(void)
{
	return (stream){ thrum_chan_of(char, 0), thrum_chan_of(rat, 0) };
}

static rat
next(stream s)
{
	rat r;
	THRUM_SEND(s.ask, 1);
	CHECK(THRUM_RECV(s.give, &r));
	return r;
}

static void
put(stream s, rat r)
{
	THRUM_RECV(s.ask, NULL);
	THRUM_SEND(s.give, r);
}

struct op { stream a, b, out; rat c; };

// Two readers of one stream, which run ahead of each other as they like.
static void
split(void *arg)
{
	struct op o = *(struct op *)arg;
	rat all[64];
	int have = 0, at[2] = { 0 };
	free(arg);
	for (;;) {
		int who = 0;
		char c;
		THRUM_SELECT {
		THRUM_ON_RECV(o.a.ask, &c) {
			who = 0;
		}
		THRUM_ON_RECV(o.b.ask, &c) {
			who = 1;
		}
		}
		if (at[who] == have) {
			CHECK(have < 64);
			all[have++] = next(o.out);
		}
		THRUM_SEND(who ? o.b.give : o.a.give, all[at[who]++]);
	}
}

static void
fork2(stream s, stream *a, stream *b)
{
	struct op o = { series(), series(), s, { 0, 1 } };
	*a = o.a;
	*b = o.b;
	go(split, COPY(o));
}

static void
add(void *arg)
{
	struct op o = *(struct op *)arg;
	free(arg);
	for (;;) {
		THRUM_RECV(o.out.ask, NULL);
		THRUM_SEND(o.out.give, radd(next(o.a), next(o.b)));
	}
}

static void
scale(void *arg)
{
	struct op o = *(struct op *)arg;
	free(arg);
	for (;;) {
		THRUM_RECV(o.out.ask, NULL);
		THRUM_SEND(o.out.give, rmul(o.c, next(o.a)));
	}
}

static stream
run(void (*fn)(void *), stream a, stream b, rat c)
{
	struct op o = { a, b, series(), c };
	go(fn, COPY(o));
	return o.out;
}

// (f + xF)(g + xG) = fg + x(fG + gF + xFG)
static void
mul(void *arg)
{
	struct op o = *(struct op *)arg;
	stream f1, f2, g1, g2;
	free(arg);
	THRUM_RECV(o.out.ask, NULL);
	rat f = next(o.a), g = next(o.b);
	THRUM_SEND(o.out.give, rmul(f, g));
	fork2(o.a, &f1, &f2);
	fork2(o.b, &g1, &g2);
	stream s = run(add, run(scale, g1, g1, f), run(scale, f1, f1, g), f);
	put(o.out, next(s));
	stream p = run(mul, f2, g2, f);
	for (;;) {
		THRUM_RECV(o.out.ask, NULL);
		THRUM_SEND(o.out.give, radd(next(s), next(p)));
	}
}

// sign, period: 1/k! at every second place for the sine and cosine, at each for the exponential.
struct taylor { stream out; int kind; };

static void
taylor(void *arg)
{
	struct taylor t = *(struct taylor *)arg;
	free(arg);
	rat r = { 1, 1 };
	for (int k = 0;; k++) {
		if (k > 0)
			r = rmul(r, (rat){ 1, k });
		if (t.kind == 'e')
			put(t.out, r);
		else if ((k % 2 == 1) == (t.kind == 's'))
			put(t.out, k / 2 % 2 ? (rat){ -r.n, r.d } : r);
		else
			put(t.out, (rat){ 0, 1 });
	}
}

static stream
function(int kind)
{
	struct taylor t = { series(), kind };
	go(taylor, COPY(t));
	return t.out;
}

static void
powers(void)
{
	stream s1, s2, c1, c2;
	fork2(function('s'), &s1, &s2);
	fork2(function('c'), &c1, &c2);
	rat one = { 1, 1 };
	stream sum = run(add, run(mul, s1, s2, one), run(mul, c1, c2, one), one);
	for (int i = 0; i < 12; i++) {
		rat r = next(sum);
		CHECK(r.n == (i == 0) && r.d == 1);
	}
	// exp times exp: 2^k / k!
	stream e = run(mul, function('e'), function('e'), one);
	rat want = one;
	for (int k = 0; k < 10; k++) {
		if (k > 0)
			want = rmul(want, (rat){ 2, k });
		rat r = next(e);
		CHECK(r.n == want.n && r.d == want.d);
	}
	puts("series ok");
}

int
main(void)
{
	sieve();
	ring();
	pingpong();
	order();
	powers();
	return 0;
}
