// SPDX-License-Identifier: MIT
//
// pthreads.c - many short threads that are not the runtime's start and ready goroutines, and wait
// for them.
//
//	pthreads THREADS SEED
//
// Each looks whether what it has asked for was done, each exactly once. Nothing may be left of
// them.
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include "../prog/extra/leak.h"
#define CHECK_END abort()
#include "../prog/extra/check.h"

#define MAKERS 6

static _Atomic long left, ran, readied, made;
static _Atomic int stop;
static thrum_wg makers, parkers;

struct parker {
	thrum_g *_Atomic g;
	_Atomic long asked, done;
} parker[MAKERS];

static void
parks(void *arg)
{
	struct parker *k = arg;
	k->g = thrum_self();
	while (!stop) {
		while (k->done == k->asked && !stop)
			thrum_park();
		if (k->done < k->asked) {
			k->done++;
			readied++;
		}
	}
	thrum_wg_done(&parkers);
}

struct work {
	thrum_wg wg;
	struct parker *k;
	int n;
	_Atomic int ran;
};

static void
one(void *arg)
{
	struct work *w = arg;
	ran++;
	if (w->ran++ & 1)
		thrum_yield();
	thrum_wg_done(&w->wg);
}

static void *
thread(void *arg)
{
	struct work *w = arg;
	char name[32]; // in an unsafe frame
	CHECK(snprintf(name, sizeof name, "%d", w->n) > 0 && atoi(name) == w->n);
	thrum_wg_add(&w->wg, w->n);
	for (int i = 0; i < w->n; i++)
		CHECK(thrum_go(one, w) == 0);
	w->k->asked++;
	thrum_ready(w->k->g);
	thrum_wg_wait(&w->wg);
	CHECK(w->ran == w->n);
	return NULL;
}

static void
makes(void *arg)
{
	struct parker *k = arg;
	while (!k->g)
		thrum_yield();
	while (left-- > 0) {
		struct work w = {.k = k, .n = 1 + (int)(made % 3)};
		pthread_t t;
		made++;
		CHECK(pthread_create(&t, NULL, thread, &w) == 0);
		CHECK(pthread_join(t, NULL) == 0);
		while (k->done < k->asked)
			thrum_yield();
	}
	thrum_wg_done(&makers);
}

static void
all(long n)
{
	left = n;
	stop = 0;
	made = ran = readied = 0;
	thrum_wg_add(&makers, MAKERS);
	thrum_wg_add(&parkers, MAKERS);
	for (int i = 0; i < MAKERS; i++) {
		parker[i].g = NULL;
		CHECK(thrum_go(parks, &parker[i]) == 0);
		CHECK(thrum_go(makes, &parker[i]) == 0);
	}
	thrum_wg_wait(&makers);
	stop = 1;
	for (int i = 0; i < MAKERS; i++)
		thrum_ready(parker[i].g);
	thrum_wg_wait(&parkers);
	CHECK(made == n && readied == n && ran >= n);
}

int
main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 100000;
	alarm(250 + (unsigned)(n / 1000));
	all(n / 20 + 100);
	leak_begin();
	all(n);
	leak_end();
	printf("%ld threads, %ld goroutines\n", (long)made, (long)ran);
	return 0;
}
