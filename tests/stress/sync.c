// SPDX-License-Identifier: MIT
//
// sync.c - goroutines and threads that use everything of thrum/sync.h at random.
//
//	sync STEPS SEED
//
// A lock protects plain data: two counters that must agree, and a word that names the goroutine
// inside. If two are inside at once, a counter is wrong at the end at the latest. All goroutines
// use each object: mutexes (one also by trylock, and unlocked by another goroutine), rwmutexes,
// semaphores, a bounded queue with two conditions. There are also once objects that are renewed,
// wait groups in frames, and a pool whose objects must come back as they were given. Changes of the
// number of ps and sleeps in foreign calls come between. A lost wake-up ends as a deadlock, or the
// watchdog ends it.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <thrum.h>

#include "random.h"
#define CHECK_END abort()
#include "../prog/extra/check.h"

#define NLOCK 5
#define NRW 3
#define NSEMA 3
#define UNITS 2
#define QUEUE 3
#define NONCE 16
#define TASKS 60
#define THREADS 2

static long steps;
static uint64_t seed;
static thrum_wg all;
static _Atomic long left, waits, handed;

static struct lock {
	thrum_mutex m;
	long a, b; // m
	int inside;
} locks[NLOCK];

static struct rwlock {
	thrum_rwmutex m;
	long a, b;
	_Atomic int readers, writers;
} rws[NRW];

static struct {
	thrum_sema s;
	_Atomic int inside;
} semas[NSEMA];

static struct {
	thrum_mutex m;
	thrum_cond filled, emptied;
	int n; // m
	long item[QUEUE], put, got;
} queue;

static struct once {
	thrum_once o;
	long value; // written by the function only
} *_Atomic onces[NONCE];

static thrum_pool pool = {.drop = free};

// dawdle stays inside for a while, now and then.
static void
dawdle(uint64_t v)
{
	if (v % 8 == 0)
		thrum_yield();
	else if (v % 512 == 1)
		usleep(50);
}

static void
enter(struct lock *l, uint64_t v)
{
	CHECK(l->inside++ == 0);
	l->a++;
	dawdle(v);
	l->b++;
	CHECK(l->a == l->b && --l->inside == 0);
}

static void
unlocker(void *arg)
{
	struct lock *l = arg;
	enter(l, 1);
	thrum_mutex_unlock(&l->m);
	thrum_wg_done(&all);
}

static void
withmutex(uint64_t v)
{
	struct lock *l = &locks[v % NLOCK];
	v >>= 8;
	if (v % 16 == 0) {
		if (!thrum_mutex_trylock(&l->m))
			return;
	} else {
		thrum_mutex_lock(&l->m);
	}
	enter(l, v >> 4);
	if (v % 32 == 3) {
		handed++;
		thrum_wg_add(&all, 1);
		CHECK(thrum_go(unlocker, l) == 0);
	} else {
		thrum_mutex_unlock(&l->m);
	}
}

static void
withrwmutex(uint64_t v)
{
	struct rwlock *l = &rws[v % NRW];
	v >>= 8;
	if (v % 4 == 0) {
		if (v % 16 == 0) {
			if (!thrum_rwmutex_trylock(&l->m))
				return;
		} else {
			thrum_rwmutex_lock(&l->m);
		}
		CHECK(l->writers++ == 0 && l->readers == 0);
		l->a++;
		dawdle(v >> 8);
		l->b++;
		CHECK(l->a == l->b && l->readers == 0 && --l->writers == 0);
		thrum_rwmutex_unlock(&l->m);
	} else {
		if (v % 16 == 1) {
			if (!thrum_rwmutex_tryrlock(&l->m))
				return;
		} else {
			thrum_rwmutex_rlock(&l->m);
		}
		l->readers++;
		CHECK(l->a == l->b && l->writers == 0);
		dawdle(v >> 8);
		CHECK(l->a == l->b && l->writers == 0);
		l->readers--;
		thrum_rwmutex_runlock(&l->m);
	}
}

static void
withsema(uint64_t v)
{
	int i = (int)(v % NSEMA);
	v >>= 8;
	if (v % 8 == 0) {
		if (!thrum_sema_tryacquire(&semas[i].s))
			return;
	} else {
		thrum_sema_acquire(&semas[i].s);
	}
	CHECK(++semas[i].inside <= UNITS);
	dawdle(v >> 8);
	semas[i].inside--;
	if (v % 8 < 3)
		thrum_sema_handoff(&semas[i].s);
	else
		thrum_sema_release(&semas[i].s);
}

// One is put and one is got, so nobody waits for ever.
static void
withqueue(uint64_t v)
{
	thrum_mutex_lock(&queue.m);
	while (queue.n == QUEUE) {
		waits++;
		thrum_cond_wait(&queue.emptied, &queue.m);
	}
	queue.item[queue.n++] = (long)v;
	queue.put += (long)v;
	if (v & 1)
		thrum_cond_signal(&queue.filled);
	thrum_mutex_unlock(&queue.m);
	if (!(v & 1))
		v & 2 ? thrum_cond_broadcast(&queue.filled) : thrum_cond_signal(&queue.filled);
	dawdle(v >> 8);
	thrum_mutex_lock(&queue.m);
	while (queue.n == 0) {
		waits++;
		thrum_cond_wait(&queue.filled, &queue.m);
	}
	queue.got += queue.item[--queue.n];
	thrum_mutex_unlock(&queue.m);
	thrum_cond_signal(&queue.emptied);
}

static void
setvalue(void *arg)
{
	struct once *o = arg;
	CHECK(o->value == 0);
	thrum_yield();
	o->value++;
}

static void
withonce(uint64_t v)
{
	struct once *o = onces[v % NONCE];
	thrum_once_do(&o->o, setvalue, o);
	CHECK(o->value == 1);
	if (v >> 8 & 1) {
		struct once *fresh = calloc(1, sizeof *fresh); // others may still use the old one
		CHECK(fresh);
		onces[v % NONCE] = fresh;
	}
}

static void
withpool(uint64_t v)
{
	long *x = thrum_pool_get(&pool);
	if (!x)
		CHECK((x = calloc(1, sizeof *x)) != NULL);
	CHECK(*x == 0);
	*x = 1;
	dawdle(v >> 8);
	*x = 0;
	thrum_pool_put(&pool, x);
	if (v % 256 == 0)
		thrum_pool_drain(&pool);
}

struct group {
	thrum_wg wg;
	_Atomic int n;
};

static void
member(void *arg)
{
	struct group *gr = arg;
	gr->n++;
	thrum_wg_done(&gr->wg);
}

static void
waiter(void *arg)
{
	thrum_wg_wait(arg);
	thrum_wg_done(&all);
}

static thrum_wg common; // renewed by nobody: many wait for it at once

static void
withgroup(uint64_t v)
{
	struct group gr = {0};
	int n = (int)(v % 9);
	thrum_wg_add(&gr.wg, n);
	for (int i = 0; i < n; i++)
		CHECK(thrum_go(member, &gr) == 0);
	thrum_wg_wait(&gr.wg);
	CHECK(gr.n == n);
	if (v >> 8 & 1) {
		thrum_wg_add(&all, 1);
		CHECK(thrum_go(waiter, &common) == 0);
	}
}

static void
work(uint64_t r, bool goroutine)
{
	while (left-- > 0) {
		uint64_t v = next(&r), what = v % 100;
		v >>= 16;
		if (what < 40)
			withmutex(v);
		else if (what < 60)
			withrwmutex(v);
		else if (what < 72)
			withsema(v);
		else if (what < 86)
			withqueue(v);
		else if (what < 90)
			withonce(v);
		else if (what < 95)
			withpool(v);
		else if (what < 97)
			withgroup(v);
		else if (what == 97 && goroutine && v % 64 == 0)
			thrum_maxprocs((int)(1 + (v >> 8) % 8));
		else
			thrum_yield();
	}
}

static void
task(void *arg)
{
	work(seed + (uint64_t)arg * 0x2545f4914f6cdd1d, true);
	thrum_wg_done(&all);
}

static void *
thread(void *arg)
{
	work(seed ^ (uint64_t)arg * 0x2545f4914f6cdd1d, false);
	thrum_wg_done(&all);
	return NULL;
}

static int
test(void *unused)
{
	pthread_t t[THREADS];
	(void)unused;
	for (int i = 0; i < NSEMA; i++)
		semas[i].s.count = UNITS;
	for (int i = 0; i < NONCE; i++)
		CHECK((onces[i] = calloc(1, sizeof *onces[i])) != NULL);
	thrum_wg_add(&common, 1);
	thrum_wg_add(&all, TASKS + THREADS);
	for (long i = 0; i < THREADS; i++)
		CHECK(pthread_create(&t[i], NULL, thread, (void *)(i + 1)) == 0);
	for (long i = 0; i < TASKS; i++)
		CHECK(thrum_go(task, (void *)i) == 0);
	while (left > 0) {
		usleep(1000);
		thrum_yield(); // under TSan a sleep keeps the p, and so would a join
	}
	thrum_wg_done(&common);
	thrum_wg_wait(&all);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(t[i], NULL) == 0);
	long sum = 0;
	for (int i = 0; i < NLOCK; i++) {
		CHECK(locks[i].a == locks[i].b && locks[i].m.state == 0);
		sum += locks[i].a;
	}
	for (int i = 0; i < NRW; i++)
		CHECK(rws[i].a == rws[i].b && rws[i].m.readers == 0 && rws[i].m.writers.state == 0);
	for (int i = 0; i < NSEMA; i++)
		CHECK(semas[i].s.count == UNITS);
	CHECK(queue.n == 0 && queue.put == queue.got);
	thrum_pool_free(&pool);
	thrum_stats s;
	thrum_get_stats(&s);
	printf("%ld steps, seed %lu: %ld times locked, %ld unlocked by another, %ld waits for the queue, %lu parks, %lu steals\n", steps,
		(unsigned long)seed, sum, (long)handed, (long)waits, (unsigned long)s.parks, (unsigned long)s.steals);
	return 0;
}

int
main(int argc, char **argv)
{
	steps = left = argc > 1 ? atol(argv[1]) : 100000;
	seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
#ifdef __THRUM__
	return test(NULL);
#else // TSan's: main is no goroutine
	int status;
	CHECK(thrum_run(test, NULL, &status) == 0);
	return status;
#endif
}
