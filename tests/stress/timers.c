// SPDX-License-Identifier: MIT
//
// timers.c - timers under load.
//
//	timers race SECONDS SEED    start, stop and reset from several goroutines, threads and Ps at
//	                            the same timers, while the number of ps changes: what is armed
//	                            once fires at most once, and fires, unless a stop has said that
//	                            it does not; memory of stopped timers is used again at once
//	timers sleep N SEED         N goroutines sleep for random times, all alive at once: none
//	                            wakes early, all wake; prints a histogram of how late
//	timers resize N SEED        the same while the number of ps changes
//	timers gap SECONDS SEED     a child stops the process for 0.8 s: what is due then comes
//	                            late, not early, each P's and the monitor's in their order; a
//	                            ticker makes one tick of those it has missed
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <unistd.h>

#include "random.h"
#define CHECK_END abort()
#include "../prog/extra/check.h"

#define MS 1000000ll
#define NSHARED 64
#define NRACER 12

static uint64_t seed;
static _Atomic uint64_t end;
static thrum_wg wg;

// ---- race ----------------------------------------------------------------------

// Everybody starts, resets and stops these. A start that finds it idle arms it once more; so does
// not one that finds it armed. In the end: armed = fired + stopped.
static struct shared {
	thrum_timer t;
	_Atomic uint64_t armed, fired, stopped;
} shared[NSHARED];

static _Atomic uint64_t nstart, nstop, nown, nmiss;

static void
fire(void *arg)
{
	atomic_fetch_add(&((struct shared *)arg)->fired, 1);
}

// A timer of one goroutine alone, in memory that is given back after each stop.
struct own {
	thrum_timer t;
	_Atomic int fired;
	uint64_t due;
};

static void
firemine(void *arg)
{
	struct own *o = arg;
	CHECK(thrum_now() >= o->due);
	CHECK(atomic_fetch_add(&o->fired, 1) == 0);
}

static void
alone(uint64_t *r)
{
	struct own *o = calloc(1, sizeof *o);
	int64_t ns = (int64_t)(next(r) % (1u << next(r) % 20));
	CHECK(o);
	o->due = thrum_now() + (uint64_t)ns;
	CHECK(!thrum_timer_start(&o->t, ns, firemine, o));
	switch (next(r) % 4) {
	case 0:
		break;
	case 1:
		thrum_yield();
		break;
	case 2:
		thrum_sleep((int64_t)(next(r) % 100000));
		break;
	case 3:
		usleep((unsigned)(next(r) % 100));
	}
	if (next(r) % 4 == 0) { // further away: it must not fire before then
		uint64_t later = thrum_now() + 100000;
		if (thrum_timer_stop(&o->t)) {
			o->due = later;
			CHECK(!thrum_timer_reset(&o->t, 100000));
		}
	}
	if (thrum_timer_stop(&o->t)) {
		CHECK(atomic_load(&o->fired) == 0);
	} else { // its goroutine has begun, or will
		while (!atomic_load(&o->fired))
			thrum_sleep(20000);
		atomic_fetch_add(&nmiss, 1);
	}
	memset(&o->t, 0xdb, sizeof o->t);
	free(o);
	atomic_fetch_add(&nown, 1);
}

static void
crowd(uint64_t *r)
{
	struct shared *s = &shared[next(r) % NSHARED];
	int64_t ns = (int64_t)(next(r) % (1u << next(r) % 22));
	switch (next(r) % 4) {
	case 0:
		if (thrum_timer_stop(&s->t))
			atomic_fetch_add(&s->stopped, 1);
		atomic_fetch_add(&nstop, 1);
		break;
	case 1:
		if (!thrum_timer_reset(&s->t, ns))
			atomic_fetch_add(&s->armed, 1);
		atomic_fetch_add(&nstart, 1);
		break;
	default:
		if (!thrum_timer_start(&s->t, ns, fire, s))
			atomic_fetch_add(&s->armed, 1);
		atomic_fetch_add(&nstart, 1);
	}
}

static void
race1(uint64_t id)
{
	uint64_t r = seed + id * 7919;
	while (thrum_now() < atomic_load(&end)) {
		if (next(&r) % 3)
			crowd(&r);
		else
			alone(&r);
		if (next(&r) % 16 == 0)
			thrum_sleep((int64_t)(next(&r) % 200000));
		if (id == 1 && next(&r) % 64 == 0)
			thrum_maxprocs(1 + (int)(next(&r) % 5));
		if (next(&r) % 8 == 0)
			thrum_yield();
	}
	thrum_wg_done(&wg);
}

static void
racer(void *arg)
{
	race1((uint64_t)arg);
}

static void *
thread(void *arg)
{
	race1((uint64_t)arg);
	return NULL;
}

static void
race(long seconds)
{
	pthread_t t[2];
	for (int i = 0; i < NSHARED; i++) // so that a reset finds a function
		thrum_timer_start(&shared[i].t, 0, fire, &shared[i]), shared[i].armed++;
	atomic_store(&end, thrum_now() + (uint64_t)seconds * 1000 * (uint64_t)MS);
	thrum_wg_add(&wg, NRACER + 2);
	for (uint64_t i = 1; i <= NRACER; i++)
		CHECK(thrum_go(racer, (void *)i) == 0);
	for (uint64_t i = 0; i < 2; i++)
		CHECK(pthread_create(&t[i], NULL, thread, (void *)(100 + i)) == 0);
	thrum_wg_wait(&wg);
	for (int i = 0; i < 2; i++)
		CHECK(pthread_join(t[i], NULL) == 0);
	uint64_t armed = 0, fired = 0, stopped = 0;
	for (int i = 0; i < NSHARED; i++) {
		struct shared *s = &shared[i];
		if (thrum_timer_stop(&s->t))
			s->stopped++;
		for (int tries = 0; s->fired + s->stopped != s->armed && tries < 10000; tries++)
			thrum_sleep(MS);
		CHECK(s->fired + s->stopped == s->armed);
		armed += s->armed, fired += s->fired, stopped += s->stopped;
	}
	printf("%lu starts, %lu stops of %d timers by all: %lu armed = %lu fired + %lu stopped; %lu of one's own, %lu fired before the stop\n",
		nstart, nstop, NSHARED, armed, fired, stopped, nown, nmiss);
}

// ---- sleep -----------------------------------------------------------------------

#define NBUCKET 40

static _Atomic uint64_t late[NBUCKET], woken;
static uint64_t spread; // ns
static _Atomic uint64_t began, begin;
static thrum_wg gate;
static long resized;

// No local whose address is taken, which would be a page for each of them.
static void
sleeper(void *arg)
{
	atomic_fetch_add(&began, 1);
	thrum_wg_wait(&gate);
	uint64_t due = atomic_load(&begin) + ((uint64_t)arg >> 16) % spread;
	thrum_sleep_until(due);
	uint64_t now = thrum_now(), by = now - due;
	CHECK(now >= due);
	atomic_fetch_add(&late[by < 1000 ? 0 : 63 - __builtin_clzl(by / 500)], 1);
	atomic_fetch_add(&woken, 1);
	thrum_wg_done(&wg);
}

// resizer changes the number of ps until all have woken.
static void
resizer(void *arg)
{
	uint64_t r = seed;
	while (atomic_load(&woken) < (uint64_t)arg) {
		thrum_maxprocs(1 + (int)(next(&r) % 6));
		resized++;
		thrum_sleep((int64_t)(next(&r) % 5) * MS);
	}
	thrum_wg_done(&wg);
}

static void
sleepers(uint64_t n, bool resize)
{
	spread = n * 10000;
	thrum_wg_add(&wg, (int64_t)n + resize);
	if (resize)
		CHECK(thrum_go(resizer, (void *)n) == 0);
	thrum_wg_add(&gate, 1);
	for (uint64_t i = 0, r = seed; i < n; i++)
		CHECK(thrum_go(sleeper, (void *)next(&r)) == 0);
	while (atomic_load(&began) < n)
		thrum_sleep(MS);
	// When all will have begun to sleep.
	atomic_store(&begin, thrum_now() + 100 * (uint64_t)MS + n * 2000);
	thrum_wg_done(&gate);
	thrum_wg_wait(&wg);
	CHECK(atomic_load(&woken) == n);
	printf("%lu goroutines asleep within %.1f s, %ld changes of the number of ps; late by\n", n, (double)spread / 1e9, resized);
	uint64_t sum = 0, within[2] = {0, 0};
	for (int i = 0; i < NBUCKET; i++) {
		double from = i == 0 ? 0 : 0.5 * (double)(1ul << i); // us
		if (!late[i])
			continue;
		sum += late[i];
		within[0] += from < 1000 ? late[i] : 0;
		within[1] += from < 16000 ? late[i] : 0;
		printf("%12.3f us %9lu %6.2f %% %.*s\n", from, late[i], 100.0 * (double)sum / (double)n, (int)(60 * late[i] / n),
			"############################################################");
	}
	printf("total: %lu sleepers, none early, %.1f %% late by less than about 1 ms, %.1f %% by less than 16\n", n,
		100 * (double)within[0] / (double)n, 100 * (double)within[1] / (double)n);
}

// ---- gap -------------------------------------------------------------------------

#define NDUE 500
#define PERIOD (5 * MS)

static struct due {
	thrum_timer t;
	uint64_t when, fired;
	uint64_t at; // how many fired before
} due[NDUE];

static _Atomic uint64_t nfired;

static void
firedue(void *arg)
{
	struct due *d = arg;
	d->at = atomic_fetch_add(&nfired, 1);
	d->fired = thrum_now();
	thrum_wg_done(&wg);
}

static int
byturn(const void *a, const void *b)
{
	const struct due *x = a, *y = b;
	return x->at < y->at ? -1 : x->at > y->at;
}

// orders returns a number of sequences, each in the order of time, into which the order of firing
// can be taken apart. It is the smallest such number: 1 if all have fired one after the other, some
// 2 sqrt(n) if n have by chance.
static int
orders(void)
{
	static uint64_t last[NDUE]; // falling
	int n = 0;
	qsort(due, NDUE, sizeof *due, byturn);
	for (int i = 0; i < NDUE; i++) {
		int k = 0;
		while (k < n && last[k] > due[i].when)
			k++;
		last[k] = due[i].when;
		n = k == n ? n + 1 : n;
	}
	return n;
}

static void
napper(void *arg)
{
	uint64_t r = seed + (uint64_t)arg;
	while (thrum_now() < atomic_load(&end)) {
		uint64_t when = thrum_now() + next(&r) % (20 * (uint64_t)MS);
		thrum_sleep_until(when);
		CHECK(thrum_now() >= when);
	}
	thrum_wg_done(&wg);
}

// stopper stops this process when it is told to.
static void
stopper(int told)
{
	char c;
	pid_t parent = getpid();
	pid_t child = fork();
	CHECK(child >= 0);
	if (child > 0)
		return;
	if (read(told, &c, 1) == 1) {
		kill(parent, SIGSTOP);
		usleep(800000);
		kill(parent, SIGCONT);
	}
	_exit(0);
}

static void
gap(uint64_t seconds)
{
	int tell[2];
	CHECK(pipe(tell) == 0);
	stopper(tell[0]);
	uint64_t r = seed, start, before, total = 0, most = 0, waits = 0;
	thrum_ticker tick;
	thrum_wg_add(&wg, NDUE + 20);
	start = thrum_now();
	atomic_store(&end, start + seconds * 1000 * (uint64_t)MS);
	for (uint64_t i = 0; i < 20; i++)
		CHECK(thrum_go(napper, (void *)i) == 0);
	for (int i = 0; i < NDUE; i++) {
		due[i].when = start + next(&r) % (seconds * 1000 * (uint64_t)MS);
		thrum_timer_start(&due[i].t, (int64_t)(due[i].when - thrum_now()), firedue, &due[i]);
	}
	thrum_ticker_start(&tick, PERIOD);
	start = tick.next - PERIOD;
	CHECK(write(tell[1], "", 1) == 1);
	while ((before = thrum_now()) < atomic_load(&end)) {
		uint64_t n = thrum_ticker_wait(&tick), after = thrum_now();
		CHECK(n >= 1);
		total += n;
		waits++;
		CHECK(start + total * PERIOD <= after);      // not early
		// Missed ticks came at once, not one by one.
		CHECK(start + (total + 1) * PERIOD > before);
		most = n > most ? n : most;
	}
	thrum_wg_wait(&wg);
	uint64_t late = 0;
	for (int i = 0; i < NDUE; i++) {
		CHECK(due[i].fired >= due[i].when);
		late += due[i].fired - due[i].when > 200 * (uint64_t)MS;
	}
	int n = orders();
	printf("%d timers, %lu late by more than 0.2 s, in %d orders; %lu ticks in %lu waits, %lu at once\n", NDUE, late, n, total, waits, most);
	CHECK(most * PERIOD > 500 * MS && late > 0); // there was a gap
	CHECK(n <= thrum_maxprocs(0) + 12);          // some may lose the processor just then
}

int
main(int argc, char **argv)
{
	CHECK(argc == 4);
	seed = strtoull(argv[3], NULL, 10);
	if (strcmp(argv[1], "race") == 0)
		race(strtol(argv[2], NULL, 10));
	else if (strcmp(argv[1], "gap") == 0)
		gap(strtoull(argv[2], NULL, 10));
	else
		sleepers(strtoull(argv[2], NULL, 10), strcmp(argv[1], "resize") == 0);
	return 0;
}
