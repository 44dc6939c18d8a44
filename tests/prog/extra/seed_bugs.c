// SPDX-License-Identifier: MIT
//
// seed_bugs.c - programs whose bugs depend on the order of goroutines (seed_search.sh). The bugs
// are meant.
//
//	lost    four goroutines add to a sum, and yield between the read and the write of one of
//	        them: exit 1 when an addition is lost
//	abba    two goroutines take two locks in opposite order: a deadlock, if the one runs between
//	        the other's locks
//	late    two goroutines sleep until the same time, and the one needs what the other does
//	        then: exit 1
//	fine    none of it, with all kinds of choices: goroutines locked to threads, a wait group,
//	        timers, foreign calls
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <unistd.h>

#define SECOND 1000000000ll

static thrum_wg wg;

static void
go(void (*fn)(void *), void *arg)
{
	thrum_wg_add(&wg, 1);
	if (thrum_go(fn, arg) != 0)
		exit(3);
}

// ---- lost ----

static int sum;

static void
add(void *arg)
{
	int old;
	for (int i = 0; i < 3; i++)
		thrum_yield();
	old = sum;
	if (arg) // only one of them is so careless
		thrum_yield();
	sum = old + 1;
	thrum_wg_done(&wg);
}

static int
lost(void)
{
	for (int i = 0; i < 4; i++)
		go(add, i == 2 ? &wg : NULL);
	thrum_wg_wait(&wg);
	return sum != 4;
}

// ---- abba ----

typedef struct lock {
	bool held;
	thrum_g *waiter;
} lock;

static lock a, b;

static void
take(lock *l)
{
	while (l->held) {
		l->waiter = thrum_self();
		thrum_park();
	}
	l->held = true;
}

static void
release(lock *l)
{
	l->held = false;
	if (l->waiter)
		thrum_ready(l->waiter);
	l->waiter = NULL;
}

static void
both(lock *first, lock *second)
{
	for (int i = 0; i < 5; i++)
		thrum_yield();
	take(first);
	thrum_yield();
	take(second);
	release(second);
	release(first);
	thrum_wg_done(&wg);
}

static void
ab(void *arg)
{
	(void)arg;
	both(&a, &b);
}

static void
ba(void *arg)
{
	(void)arg;
	for (int i = 0; i < 5; i++)
		thrum_yield();
	both(&b, &a);
}

static int
abba(void)
{
	go(ab, NULL);
	go(ba, NULL);
	thrum_wg_wait(&wg);
	return 0;
}

// ---- late ----

static bool ready;

static void
prepare(void *arg)
{
	(void)arg;
	thrum_sleep_until((uint64_t)arg);
	ready = true;
	thrum_wg_done(&wg);
}

static int
late(void)
{
	uint64_t when = thrum_now() + 3600 * SECOND;
	go(prepare, (void *)when);
	thrum_sleep_until(when); // both wake now; who runs first?
	bool was = ready;
	thrum_wg_wait(&wg);
	return !was;
}

// ---- fine ----

static int fired;

static void
fire(void *arg)
{
	(void)arg;
	fired++;
	thrum_wg_done(&wg);
}

static void
mixed(void *arg)
{
	uint64_t begin = thrum_now(), n = (uint64_t)arg;
	for (uint64_t i = 0; i < n; i++)
		thrum_yield();
	thrum_sleep((int64_t)n * 3600 * SECOND);
	usleep(100);
	if (n % 3 == 0)
		thrum_lock_thread();
	thrum_sleep(SECOND);
	if (n % 3 == 0)
		thrum_unlock_thread();
	if (thrum_now() - begin < n * 3600 * SECOND)
		exit(1);
	printf("%lu\n", (unsigned long)n);
	thrum_wg_done(&wg);
}

static int
fine(void)
{
	static thrum_timer t[5];
	for (uint64_t i = 0; i < 10; i++)
		go(mixed, (void *)(i % 5));
	thrum_wg_add(&wg, 5);
	for (int i = 0; i < 5; i++)
		thrum_timer_start(&t[i], i % 2 * 3600 * SECOND, fire, NULL);
	thrum_wg_wait(&wg);
	if (thrum_maxprocs(8) != 1 || thrum_maxprocs(0) != 1 || fired != 5)
		return 1;
	for (uint64_t end = thrum_now() + SECOND; thrum_now() < end;) // it goes on by itself
		;
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*fn)(void);
	} all[] = {{"lost", lost}, {"abba", abba}, {"late", late}, {"fine", fine}};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (argc > 1 && strcmp(argv[1], all[i].name) == 0)
			return all[i].fn();
	return 3;
}
