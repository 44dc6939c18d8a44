// SPDX-License-Identifier: MIT
//
// sched_test.c - what the runtime checks of itself: states, lock order, lines of p and m; which
// threads still live.

#include <criterion/criterion.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "core/base/debug.h"
#include "core/base/lock.h"
#include "core/base/os.h"
#include "core/sched/proc.h"
#include "core/sched/runq.h"

static mutex low = MUTEX(RankSync), high = MUTEX(RankStack);

Test(lock, order)
{
	debug.check = 1;
	lock(&low);
	lock(&high);
	cr_expect_eq(locksheld, 2);
	unlock(&high);
	unlock(&low);
	cr_expect_eq(locksheld, 0);
}

Test(lock, inversion, .signal = SIGABRT)
{
	debug.check = 1;
	lock(&high);
	lock(&low);
}

Test(lock, twice, .signal = SIGABRT)
{
	debug.check = 1;
	mutex other = MUTEX(RankStack);
	lock(&high);
	lock(&other);
}

Test(lock, try)
{
	cr_expect(trylock(&low));
	cr_expect_not(trylock(&low));
	unlock(&low);
	cr_expect(trylock(&low));
}

Test(note, event)
{
	note n = {0};
	cr_expect_not(notetsleep(&n, 1000000), "nobody has woken it");
	notewakeup(&n);
	notewakeup(&n); // once more does no harm
	notesleep(&n);
	noteclear(&n);
	cr_expect_not(notetsleep(&n, 1000000));
}

// Every edge between two states: allowed or abort.
static const bool edge[NGSTATUS][NGSTATUS] = {
	[Gidle] = {[Gdead] = true},
	[Grunnable] = {[Grunning] = true},
	[Grunning] = {[Grunnable] = true, [Gwaiting] = true, [Gsyscall] = true, [Gdead] = true},
	[Gsyscall] = {[Grunning] = true, [Grunnable] = true},
	[Gwaiting] = {[Grunnable] = true, [Grunning] = true},
	[Gdead] = {[Grunnable] = true},
};

Test(state, allowed)
{
	debug.check = 1;
	for (int from = 0; from < NGSTATUS; from++)
		for (int to = 0; to < NGSTATUS; to++)
			if (edge[from][to]) {
				g one = {.goid = 1};
				store(one.status, (uint32_t)from);
				casgstatus(&one, (enum gstatus)from, (enum gstatus)to);
				cr_expect_eq(load(one.status), (uint32_t)to);
			}
}

static void
illegal(int from, int to)
{
	debug.check = 1;
	g one = {.goid = 1};
	store(one.status, (uint32_t)from);
	setstatus(&one, (enum gstatus)to);
}

Test(state, runnable_to_waiting, .signal = SIGABRT) { illegal(Grunnable, Gwaiting); }
Test(state, dead_to_running, .signal = SIGABRT) { illegal(Gdead, Grunning); }
Test(state, waiting_to_dead, .signal = SIGABRT) { illegal(Gwaiting, Gdead); }
Test(state, idle_to_running, .signal = SIGABRT) { illegal(Gidle, Grunning); }
Test(state, running_to_idle, .signal = SIGABRT) { illegal(Grunning, Gidle); }

Test(state, wrong_guess, .signal = SIGABRT)
{
	g one = {.goid = 1};
	store(one.status, Grunning);
	casgstatus(&one, Gwaiting, Grunnable);
}

Test(state, scan)
{
	g one = {.goid = 1};
	store(one.status, Grunning);
	cr_expect_not(castogscan(&one), "it runs");
	store(one.status, Gwaiting);
	cr_expect(castogscan(&one));
	cr_expect_not(castogscan(&one), "somebody else has it");
	casfromgscan(&one);
	cr_expect_eq(load(one.status), Gwaiting);
}

Test(layout, lines)
{
	cr_expect_eq(sizeof(p) % CACHELINE, 0);
	cr_expect_neq(offsetof(p, runqhead) / CACHELINE, offsetof(p, claim) / CACHELINE, "the owner's and the others'");
	cr_expect_neq(offsetof(p, claim) / CACHELINE, offsetof(p, nspawn) / CACHELINE);
	cr_expect_neq(offsetof(schedt, globsize) / CACHELINE, offsetof(schedt, lock) / CACHELINE);
	cr_expect_eq(sizeof(g) % CACHELINE, 0);
}

// A ring without a scheduler: first in, first out; next before it; half of it for a thief.
Test(runq, order)
{
	static p one, two;
	static g gs[8];
	bool inherit;
	sched.asymmetric = osbarrierinit();
	for (int i = 0; i < 5; i++)
		runqput(&one, &gs[i]);
	runqputnext(&one, &gs[6]);
	runqputnext(&one, &gs[7]); // 6 goes to the ring
	cr_expect_eq(runqget(&one, &inherit), &gs[7]);
	cr_expect(inherit);
	cr_expect_eq(runqget(&one, &inherit), &gs[0]);
	cr_expect_not(inherit);
	cr_expect_eq(runqsteal(&two, &one, false), &gs[1], "the oldest");
	cr_expect_eq(runqget(&two, &inherit), &gs[2]);
	cr_expect_eq(runqget(&two, &inherit), &gs[3], "half of five, rounded up");
	cr_expect_null(runqget(&two, &inherit));
	cr_expect_eq(runqget(&one, &inherit), &gs[4]);
	cr_expect_eq(runqget(&one, &inherit), &gs[6]);
	cr_expect_null(runqget(&one, &inherit));
	cr_expect(runqempty(&one) && runqempty(&two));
	runqputnext(&one, &gs[5]);
	cr_expect_null(runqsteal(&two, &one, false), "next is taken only late");
	cr_expect_eq(runqsteal(&two, &one, true), &gs[5]);
	cr_expect(runqempty(&one), "a stolen next counts as empty");
	cr_expect_null(runqget(&one, &inherit));
}

// Threads that end while the process's threads are counted hide none that stays: else a thread
// about to ready a goroutine is not seen, and the goroutines are said to be asleep for good.
static atomic_int stays, ends, over;

static void *
older(void *arg)
{
	while (!ends)
		osyield();
	return arg;
}

static void *
younger(void *arg)
{
	stays = ostid();
	while (!over)
		osnap(20000);
	return arg;
}

static atomic_bool seen;

static bool
others(int tid)
{
	if (tid == stays)
		seen = true;
	return false;
}

Test(threads, counted_while_others_end, .timeout = 120)
{
	pthread_t t[5];
	int lost = 0;
	for (int round = 0; round < 3000; round++) {
		stays = ends = over = 0;
		for (int i = 0; i < 5; i++)
			cr_assert_eq(pthread_create(&t[i], NULL, i < 4 ? older : younger, NULL), 0);
		while (!stays)
			osyield();
		ends = 1;
		for (int i = 0; i < 3; i++) {
			seen = false;
			lost += osthreads(others) != INT_MAX && !seen;
		}
		over = 1;
		for (int i = 0; i < 5; i++)
			pthread_join(t[i], NULL);
	}
	cr_expect_eq(lost, 0);
}
