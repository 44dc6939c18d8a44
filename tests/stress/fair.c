// SPDX-License-Identifier: MIT
//
// fair.c - no goroutine waits for ever, counted in switches.
//
//	fair global SEED    one p: what lies in the global queue while the ring is never empty
//	fair yield SEED     one p: the same beside goroutines that yield
//	fair pair SEED      two that wake each other in one time slice, beside 255 others
//
// The counts are of goroutines begun or yields done on the only p, so they do not depend on time.
// There is one exception: the host takes the processor away for more than a slice, or in the
// foreign call that fills the global queue, and the monitor acts. Then the p continues without its
// thread, and the round does not count.
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <thrum.h>

#include "random.h"
#define CHECK_END abort()
#include "../prog/extra/check.h"

#define TICK 61
#define FULL 256
#define ROUNDS 40
#define MOST 20 // goroutines in the global queue at a time

void plain_go(void (*fn)(void *), void *arg, int n);

static uint64_t seed;
static thrum_wg wg;
static _Atomic long now; // switches
static long began, round_, waited, inqueue, worst, late, voided;
static uint64_t taken; // retakes, when the round began
static int stop;

static uint64_t
retakes(void)
{
	thrum_stats s;
	thrum_get_stats(&s);
	return s.retakes;
}

static void
lonely(void *arg)
{
	long at = now - began;
	bool counts = retakes() == taken;
	(void)arg;
	// The n-th of them is taken by the n-th look into the global queue at the latest.
	waited++;
	if (counts && at > worst)
		worst = at;
	if (counts && at > TICK * waited)
		late++;
	CHECK(!counts || at <= TICK * (waited + 10)); // the monitor has put some before them
	if (waited < inqueue)
		return;
	inqueue = waited = 0;
	voided += !counts;
	round_ += counts;
	if (round_ == ROUNDS) {
		stop = 1;
		thrum_wg_done(&wg);
	}
}

static void
turn(void)
{
	now++;
	if (inqueue == 0 && !stop && next(&seed) % 500 == 0) {
		inqueue = 1 + (long)(next(&seed) % MOST);
		began = now;
		taken = retakes();
		plain_go(lonely, NULL, (int)inqueue);
	}
	// Nobody came: those behind the ring starve. retakes takes a microsecond, so it is not
	// called in each turn of a round that does not count.
	CHECK(inqueue == 0 || (now - began) % 1024 || now - began < TICK * MOST * 50 ||
		(retakes() != taken && now - began < TICK * MOST * 50000));
}

static void
again(void *arg)
{
	turn();
	if (!stop)
		CHECK(thrum_go(again, arg) == 0);
}

static void
global(void)
{
	thrum_stats a, b;
	thrum_wg_add(&wg, 1);
	for (int i = 0; i < FULL; i++)
		CHECK(thrum_go(again, NULL) == 0);
	thrum_get_stats(&a);
	thrum_wg_wait(&wg);
	thrum_get_stats(&b);
	long polls = (long)(b.globpolls - a.globpolls), switches = (long)(b.switches - a.switches);
	printf("%d rounds, %ld switches, %ld looks, longest wait %ld, %ld late; %ld rounds did not count\n", ROUNDS, switches, polls, worst,
		late, voided);
	CHECK(switches >= now);
	CHECK(labs(polls * TICK - switches) <= switches / 50 + 2 * TICK);
	CHECK(late <= ROUNDS);
}

static long done[FULL];

static void
yields(void *arg)
{
	(void)arg;
	while (!stop) {
		turn();
		thrum_yield();
	}
}

static void
yield(void)
{
	thrum_stats a, b;
	thrum_wg_add(&wg, 1);
	for (int i = 0; i < 200; i++)
		CHECK(thrum_go(yields, NULL) == 0);
	thrum_get_stats(&a);
	thrum_wg_wait(&wg);
	thrum_get_stats(&b);
	long polls = (long)(b.globpolls - a.globpolls), switches = (long)(b.switches - a.switches);
	printf("%d rounds, %ld switches, %ld looks, longest wait %ld; %ld rounds did not count\n", ROUNDS, switches, polls, worst, voided);
	CHECK(labs(polls * TICK - switches) <= switches / 50 + 2 * TICK);
	CHECK(worst <= 3 * FULL); // a goroutine that yields goes behind them
}

static thrum_g *_Atomic side[2];
static _Atomic int turnof;
static long pingpongs;

static void
pings(void *arg)
{
	int me = arg != NULL;
	side[me] = thrum_self();
	while (!side[!me])
		thrum_yield();
	while (!stop) {
		while (turnof != me && !stop)
			thrum_park();
		pingpongs++;
		turnof = !me;
		thrum_ready(side[!me]);
	}
	thrum_ready(side[!me]);
	thrum_wg_done(&wg);
}

static void
other(void *arg)
{
	long i = (long)arg;
	while (done[i] < ROUNDS) {
		done[i]++;
		// First in, first out; but the monitor may have put one behind the others now and
		// then.
		for (int k = 0; k < FULL - 1; k += 16)
			CHECK(labs(done[i] - done[k]) <= 4);
		thrum_yield();
	}
	thrum_wg_done(&wg);
}

static void
pair(void)
{
	thrum_wg_add(&wg, FULL - 1);
	for (long i = 0; i < FULL - 1; i++)
		CHECK(thrum_go(other, (void *)i) == 0);
	for (long i = 0; i < 2; i++)
		CHECK(thrum_go(pings, i ? "" : NULL) == 0);
	thrum_wg_wait(&wg);
	thrum_wg_add(&wg, 2);
	stop = 1;
	thrum_wg_wait(&wg);
	printf("%d turns of %d others beside %ld of the pair\n", ROUNDS, FULL - 1, pingpongs);
	CHECK(pingpongs > ROUNDS);
}

int
main(int argc, char **argv)
{
	CHECK(argc == 3);
	alarm(100);
	seed = strtoull(argv[2], NULL, 0);
	if (strcmp(argv[1], "global") == 0)
		global();
	else if (strcmp(argv[1], "yield") == 0)
		yield();
	else
		pair();
	return 0;
}
