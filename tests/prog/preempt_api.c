// SPDX-License-Identifier: MIT
// Shows that thrum_preempt, the quanta and the histograms work: results, limits, errors, from
// goroutines and from threads.
// thrum-only
// env: THRUM_PROCS=2
// levels: O0 O2
// modes: normal stackmove
// out: ok
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include "extra/storm.h"

static _Atomic int stop, spinning, parked, blocked;
static thrum_g *_Atomic who;
static int fd[2];

static void
spins(void *arg)
{
	who = thrum_self();
	spinning = 1;
	while (!stop)
		;
	thrum_wg_done(&wg);
	(void)arg;
}

static void
parks(void *arg)
{
	who = thrum_self();
	parked = 1;
	thrum_park();
	thrum_wg_done(&wg);
	(void)arg;
}

static void
reads(void *arg)
{
	char c;
	who = thrum_self();
	blocked = 1;
	CHECK(read(fd[0], &c, 1) == 1);
	thrum_wg_done(&wg);
	(void)arg;
}

static void *
outside(void *arg)
{
	CHECK(thrum_self() == NULL);
	CHECK(thrum_set_goroutine_quantum(NULL, 50000) == 0);
	CHECK(thrum_set_quantum(0) == 10000000);
	int rc = thrum_preempt(who);
	CHECK(rc == 0 || rc == -ESRCH); // it may just be coming back
	(void)arg;
	return NULL;
}

static void
quanta(void)
{
	CHECK(thrum_set_quantum(0) == 10000000);
	CHECK(thrum_set_quantum(1) == 10000000 && thrum_set_quantum(0) == 20000);
	CHECK(thrum_set_quantum(UINT64_MAX) == 20000 && thrum_set_quantum(0) == 1000000000);
	CHECK(thrum_set_quantum(123456) == 1000000000 && thrum_set_quantum(10000000) == 123456);
	CHECK(thrum_set_goroutine_quantum(NULL, 0) == 0);
	CHECK(thrum_set_goroutine_quantum(NULL, 1) == 0);
	CHECK(thrum_set_goroutine_quantum(thrum_self(), 5000000) == 20000);
	CHECK(thrum_set_goroutine_quantum(NULL, 0) == 5000000);
	CHECK(thrum_set_goroutine_quantum(NULL, 0) == 0);
	CHECK(thrum_set_quantum(0) == 10000000);
}

// answers waits until the goroutine has come so far that thrum_preempt says rc.
static void
answers(int rc)
{
	for (uint64_t end = ns() + 20000000000u; thrum_preempt(who) != rc; usleep(1000))
		CHECK(ns() < end);
}

static void
asking(void)
{
	thrum_preempt_stats a, b;
	pthread_t t;
	CHECK(thrum_preempt(NULL) == -EINVAL);
	CHECK(thrum_preempt(thrum_self()) == -ESRCH);

	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(spins, NULL) == 0);
	while (!spinning)
		thrum_yield();
	thrum_get_preempt_stats(&a);
	for (int done = 0, i = 0; done < 50; i++) {
		int rc = thrum_preempt(who);
		CHECK(rc == 0 || rc == -ESRCH);
		done += rc == 0;
		for (volatile int k = 0; k < 10000; k++)
			;
		CHECK(i < 1000000);
	}
	uint64_t end = ns() + 20000000000u;
	do {
		usleep(1000);
		thrum_get_preempt_stats(&b);
	} while (b.signalled + b.checked == a.signalled + a.checked && ns() < end);
	CHECK(b.signalled + b.checked > a.signalled + a.checked);
	CHECK(b.asked > 0);
	CHECK(b.sent >= b.signalled);
	CHECK(pthread_create(&t, NULL, outside, NULL) == 0 && pthread_join(t, NULL) == 0);
	stop = 1;
	thrum_wg_wait(&wg);

	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(parks, NULL) == 0);
	while (!parked)
		thrum_yield();
	answers(-ESRCH);
	thrum_ready(who);
	thrum_wg_wait(&wg);

	CHECK(pipe(fd) == 0);
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(reads, NULL) == 0);
	while (!blocked)
		thrum_yield();
	answers(-EBUSY);
	CHECK(write(fd[1], "x", 1) == 1);
	thrum_wg_wait(&wg);
}

static void
histograms(void)
{
	static thrum_hist h, g, zero;
	CHECK(thrum_get_hist((enum thrum_hist_kind)-1, &h) == -EINVAL);
	CHECK(thrum_get_hist(THRUM_HIST_KINDS, &h) == -EINVAL);
	for (int k = 0; k < THRUM_HIST_KINDS; k++) {
		memset(&h, 0xff, sizeof h);
		CHECK(thrum_get_hist((enum thrum_hist_kind)k, &h) == 0);
		uint64_t n = 0;
		for (size_t i = 0; i < THRUM_HIST_BUCKETS; i++)
			n += h.count[i];
		CHECK(n == h.n);
	}
	// A goroutine on another P may have noticed its signal and not switched yet.
	for (int tries = 0;; tries++) {
		CHECK(thrum_get_hist(THRUM_HIST_SWITCH_SIGNAL, &h) == 0 && h.n > 0 && h.max > 0 && h.sum >= h.max);
		CHECK(thrum_get_hist(THRUM_HIST_NOTICE_SIGNAL, &g) == 0);
		if (g.n == h.n && g.sum < h.sum)
			break;
		CHECK(tries < 10000);
		usleep(1000);
	}
	CHECK(thrum_hist_percentile(&h, 100) == h.max);
	CHECK(thrum_hist_percentile(&h, 0) <= thrum_hist_percentile(&h, 50) && thrum_hist_percentile(&h, 50) <= h.max);

	// no value is off by more than 1/32
	CHECK(thrum_hist_lower(0) == 0);
	for (size_t i = 1; i < THRUM_HIST_BUCKETS; i++) {
		uint64_t lo = thrum_hist_lower(i), width = i + 1 < THRUM_HIST_BUCKETS ? thrum_hist_lower(i + 1) - lo : 0;
		CHECK(lo > thrum_hist_lower(i - 1));
		CHECK(width <= 1 || width * 16 <= lo);
	}
	memset(&h, 0, sizeof h);
	CHECK(thrum_hist_percentile(&h, 50) == 0);
	for (uint64_t v = 1; v <= 1000; v++)
		thrum_hist_record(&h, v * 1000);
	CHECK(h.n == 1000 && h.sum == 500500000 && h.max == 1000000);
	for (int p = 1; p <= 99; p++) {
		int64_t want = p * 10000, got = (int64_t)thrum_hist_percentile(&h, p);
		CHECK(llabs(got - want) <= want / 32 + 1000);
	}
	CHECK(thrum_hist_percentile(&h, 100) == 1000000);
	thrum_hist_record(&h, 0);
	CHECK(h.n == 1001 && thrum_hist_percentile(&h, 0) <= 1);
	thrum_hist_record(&h, UINT64_MAX); // more than there is a bucket for
	CHECK(h.n == 1002 && h.max == UINT64_MAX && thrum_hist_percentile(&h, 100) == UINT64_MAX);

	g = zero;
	for (uint64_t v = 0; v < 100; v++)
		thrum_hist_record(&g, v);
	h = g;
	thrum_hist_record(&h, 5000);
	thrum_hist_record(&h, 5000);
	thrum_hist_sub(&h, &g);
	CHECK(h.n == 2 && h.sum == 10000 && h.max >= 5000 && h.max <= 5000 + 5000 / 16);
	CHECK(llabs((int64_t)thrum_hist_percentile(&h, 50) - 5000) <= 5000 / 16);
	h = g;
	thrum_hist_sub(&h, &g);
	CHECK(h.n == 0 && h.sum == 0 && thrum_hist_percentile(&h, 99) == 0);
}

int
main(void)
{
	alarm(100);
	quanta();
	asking();
	histograms();
	uint32_t was = thrum_set_latency_sampling(0);
	CHECK(was == 64 && thrum_set_latency_sampling(1) == 64 && thrum_set_latency_sampling(0) == 1);
	thrum_hist a, b;
	CHECK(thrum_get_hist(THRUM_HIST_WAIT, &a) == 0);
	for (int i = 0; i < 100; i++) {
		stop = 1;
		thrum_wg_add(&wg, 1);
		CHECK(thrum_go(spins, NULL) == 0);
		thrum_wg_wait(&wg);
	}
	CHECK(thrum_get_hist(THRUM_HIST_WAIT, &b) == 0 && b.n >= a.n + 100);
	puts("ok");
	return 0;
}
