// SPDX-License-Identifier: MIT
//
// until.c - waits whose time is over just when they are granted.
//
//	until SECONDS SEED
//
// Rounds of takers and givers, goroutines and threads, at one object each, with delays of some
// microseconds so that wake-up and limit meet. Takers without a limit get exactly as many as are
// given; those with one put back what they got. So when a wake-up is spent on one that is gone,
// somebody waits for ever.
//
//	sema   units by release and handoff; in the end none is left
//	cond   items under a mutex, one signal each
//	wg     a waiter that was late waits again; the last one fills the wait group with a pattern
//	       that nobody may touch
//	time   timer channels that all receive from, reset and stop: of values, armed = received +
//	       stopped
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "random.h"
#define CHECK_END abort()
#include "../prog/extra/check.h"

#define NTAKER 4 // without a limit, and as many with one
#define NTIME 8
#define NKIND 4

static uint64_t seed;

static void
delay(uint64_t *r)
{
	switch (next(r) % 4) {
	case 0:
		thrum_yield();
		break;
	case 1:
		thrum_sleep((int64_t)(next(r) % 20000));
		break;
	case 2:
		for (uint64_t end = thrum_now() + next(r) % 10000; thrum_now() < end;)
			;
	}
}

static uint64_t
soon(uint64_t *r)
{
	return thrum_now() + next(r) % 20000;
}

// Each kind of object has these, beside the word that all wait at.
static struct kind {
	_Atomic uint64_t rounds, given, late;
	thrum_wg round;
	int role[3 * NTAKER];
	uint64_t rng[3 * NTAKER];
	thrum_sema s;
	thrum_mutex m;
	thrum_cond c;
	int items; // m
	thrum_wg *wg;
	_Atomic int waiting;
} kinds[NKIND];

static uint64_t until; // the program's end
static thrum_wg all;

// ---- semaphore -----------------------------------------------------------------

static void
give(struct kind *k, uint64_t *r)
{
	if (next(r) % 2)
		thrum_sema_release(&k->s);
	else
		thrum_sema_handoff(&k->s);
}

static void
sema(struct kind *k, int role, uint64_t *r)
{
	if (role == 0) {
		thrum_sema_acquire(&k->s);
	} else if (role == 1) {
		uint64_t when = soon(r);
		int rc = thrum_sema_acquire_until(&k->s, when);
		if (rc == 0) {
			atomic_fetch_add(&k->given, 1);
			delay(r);
			give(k, r);
		} else {
			CHECK(rc == -ETIMEDOUT && thrum_now() >= when);
			atomic_fetch_add(&k->late, 1);
		}
	} else {
		give(k, r);
	}
}

// ---- condition -------------------------------------------------------------------

static void
cond(struct kind *k, int role, uint64_t *r)
{
	bool put = role == 2;
	thrum_mutex_lock(&k->m);
	if (role == 0) {
		while (k->items == 0)
			thrum_cond_wait(&k->c, &k->m);
		k->items--;
	} else if (role == 1) {
		uint64_t when = soon(r);
		int rc = 0;
		while (k->items == 0 && rc == 0)
			rc = thrum_cond_wait_until(&k->c, &k->m, when);
		if (rc == 0) {
			k->items--;
			put = true;
			atomic_fetch_add(&k->given, 1);
		} else {
			CHECK(rc == -ETIMEDOUT && thrum_now() >= when);
			atomic_fetch_add(&k->late, 1);
		}
	}
	if (put)
		k->items++;
	thrum_mutex_unlock(&k->m);
	if (put)
		thrum_cond_signal(&k->c);
}

// ---- wait group ------------------------------------------------------------------

#define NSLOT 64
static struct slot {
	thrum_wg wg;
	char pad[56];
} slots[NSLOT];

static bool
untouched(const struct slot *s)
{
	const unsigned char *p = (const unsigned char *)s;
	for (size_t i = 0; i < sizeof *s; i++)
		if (p[i] != 0xdb)
			return false;
	return true;
}

static void
group(struct kind *k, int role, uint64_t *r)
{
	thrum_wg *wg = k->wg;
	if (role == 2) {
		thrum_wg_done(wg);
		return;
	}
	if (role == 0) {
		thrum_wg_wait(wg);
		atomic_fetch_add(&k->given, 1);
	} else {
		uint64_t when = soon(r);
		int rc;
		while ((rc = thrum_wg_wait_until(wg, when)) != 0) {
			CHECK(rc == -ETIMEDOUT && thrum_now() >= when);
			atomic_fetch_add(&k->late, 1);
			when = soon(r);
		}
		atomic_fetch_add(&k->given, 1);
	}
	if (atomic_fetch_sub(&k->waiting, 1) == 1)
		memset(wg, 0xdb, sizeof(struct slot));
}

// ---- rounds ------------------------------------------------------------------------

static void (*const part[])(struct kind *, int, uint64_t *) = {sema, cond, group};

static void
run(struct kind *k, int i)
{
	delay(&k->rng[i]);
	part[k - kinds](k, k->role[i], &k->rng[i]);
	thrum_wg_done(&k->round);
}

static void
taker(void *arg)
{
	run(&kinds[(intptr_t)arg / 100], (int)((intptr_t)arg % 100));
}

static void *
thread(void *arg)
{
	taker(arg);
	return NULL;
}

static void
rounds(void *arg)
{
	struct kind *k = arg;
	uint64_t r = seed + (uint64_t)(k - kinds) * 977;
	for (; thrum_now() < until; k->rounds++) {
		pthread_t t;
		// This one is a thread.
		int beside = next(&r) % 8 == 0 ? (int)(next(&r) % (3 * NTAKER)) : -1;
		struct slot *s = &slots[k->rounds % NSLOT];
		if (k == &kinds[2]) {
			CHECK(k->rounds < NSLOT || untouched(s));
			memset(s, 0, sizeof *s);
			k->wg = &s->wg;
			thrum_wg_add(k->wg, NTAKER);
			atomic_store(&k->waiting, 2 * NTAKER);
		}
		thrum_wg_add(&k->round, 3 * NTAKER);
		for (int i = 0; i < 3 * NTAKER; i++) {
			k->role[i] = i % 3;
			k->rng[i] = next(&r);
		}
		for (int i = 0; i < 3 * NTAKER; i++) {
			void *who = (void *)(intptr_t)((k - kinds) * 100 + i);
			CHECK((i == beside ? pthread_create(&t, NULL, thread, who) : thrum_go(taker, who)) == 0);
		}
		thrum_wg_wait(&k->round);
		CHECK(beside < 0 || pthread_join(t, NULL) == 0);
		CHECK(!thrum_sema_tryacquire(&k->s) && k->items == 0);
	}
	thrum_wg_done(&all);
}

// ---- timer channels -------------------------------------------------------------------

static struct timech {
	thrum_chan *c;
	_Atomic uint64_t armed, received, stopped;
} times[NTIME];

static void
crowd(uint64_t *r)
{
	struct timech *a = &times[next(r) % NTIME], *b = &times[next(r) % NTIME];
	uint64_t t = 0, now;
	struct timech *got = NULL;
	switch (next(r) % 6) {
	case 0:
		if (thrum_time_stop(a->c))
			atomic_fetch_add(&a->stopped, 1);
		break;
	case 1:
	case 2:
		if (!thrum_time_reset(a->c, (int64_t)(next(r) % 20000)))
			atomic_fetch_add(&a->armed, 1);
		break;
	case 3:
		if (thrum_chan_tryrecv(a->c, &t) == 1)
			got = a;
		break;
	case 4:
		if (thrum_chan_recvtimeout(a->c, &t, (int64_t)(next(r) % 20000)) == 1)
			got = a;
		break;
	case 5:
		THRUM_SELECT {
		THRUM_ON_TIME(a->c, &t) {
			got = a;
		}
		THRUM_ON_TIME(b->c, &t) {
			got = b;
		}
		THRUM_ON_TIMEOUT((int64_t)(next(r) % 20000)) {
		}
		}
	}
	now = thrum_now();
	CHECK(t <= now);
	if (got)
		atomic_fetch_add(&got->received, 1);
}

// A timer channel with a single user: the values received after stop and reset.
static void
alone(uint64_t *r)
{
	thrum_chan *c = next(r) % 2 ? thrum_tick(1 + (int64_t)(next(r) % 5000)) : thrum_after((int64_t)(next(r) % 10000));
	uint64_t t, begin;
	CHECK(c);
	for (int i = 0; i < 4; i++) {
		delay(r);
		if (next(r) % 2 && thrum_chan_recvtimeout(c, &t, (int64_t)(next(r) % 10000)) == 1)
			CHECK(t <= thrum_now());
		if (next(r) % 2) {
			thrum_time_stop(c);
			CHECK(thrum_chan_recvtimeout(c, &t, (int64_t)(next(r) % 5000)) != 1);
		}
		int64_t ns = 1 + (int64_t)(next(r) % 10000);
		begin = thrum_now();
		thrum_time_reset(c, ns);
		if (next(r) % 2)
			CHECK(thrum_chan_recv(c, &t) && t >= begin + (uint64_t)ns && t <= thrum_now());
	}
	thrum_chan_free(c);
}

static void
timer(void *arg)
{
	uint64_t r = seed + (uint64_t)arg * 7919;
	for (; thrum_now() < until; kinds[3].rounds++) {
		if (next(&r) % 8)
			crowd(&r);
		else
			alone(&r);
		if (next(&r) % 16 == 0)
			delay(&r);
	}
	thrum_wg_done(&all);
}

static void *
timerthread(void *arg)
{
	timer(arg);
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t t;
	CHECK(argc == 3);
	until = thrum_now() + strtoull(argv[1], NULL, 10) * 1000000000;
	seed = strtoull(argv[2], NULL, 10);
	for (int i = 0; i < NTIME; i++) {
		CHECK((times[i].c = thrum_after(0)) != NULL);
		times[i].armed = 1;
	}
	thrum_wg_add(&all, 3 + 6 + 1);
	for (int i = 0; i < 3; i++)
		CHECK(thrum_go(rounds, &kinds[i]) == 0);
	for (intptr_t i = 0; i < 6; i++)
		CHECK(thrum_go(timer, (void *)(1000 + i)) == 0);
	CHECK(pthread_create(&t, NULL, timerthread, (void *)2000) == 0);
	thrum_wg_wait(&all);
	CHECK(pthread_join(t, NULL) == 0);
	uint64_t armed = 0, received = 0, stopped = 0;
	for (int i = 0; i < NTIME; i++) {
		struct timech *a = &times[i];
		if (thrum_time_stop(a->c))
			a->stopped++;
		CHECK(a->armed == a->received + a->stopped);
		armed += a->armed, received += a->received, stopped += a->stopped;
		thrum_chan_free(a->c);
	}
	static const char *const name[] = {"sema", "cond", "wg"};
	for (int i = 0; i < 3; i++)
		printf("%s: %lu rounds, %lu in time, %lu late; ", name[i], kinds[i].rounds, kinds[i].given, kinds[i].late);
	printf("time: %lu steps, %lu armed = %lu received + %lu stopped\n", kinds[3].rounds, armed, received, stopped);
	return 0;
}
