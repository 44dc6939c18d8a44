// SPDX-License-Identifier: MIT
// asm_lose.c - see asm_lose.h.

#include "asm_lose.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <unistd.h>

#include "asm_harness.h"
#include "core/sched/runq.h"

enum how how;
static p *lost;
static g *waiter;
static m *waiterm;
static bool waiterlocked;
static _Atomic bool helping;

// movem makes mp the first or the last in the list of idle ms. sched.lock.
static void
movem(m *mp, bool last)
{
	m **at = &sched.midle;
	while (*at != mp)
		at = &(*at)->schedlink;
	*at = mp->schedlink;
	for (at = &sched.midle; last && *at; at = &(*at)->schedlink)
		;
	mp->schedlink = *at;
	*at = mp;
}

// helper gives the lost p away as soon as the goroutine is in the queue and its m sleeps.
static void *
helper(void *unused)
{
	(void)unused;
	for (bool asleep = false; !asleep; usleep(20)) {
		lock(&sched.lock);
		asleep = load(waiter->status) == Grunnable &&
			(waiterlocked ? waiterm->lockedg == waiter : waiterm->idle);
		unlock(&sched.lock);
	}
	bool alone = false;
	if (!waiterlocked) {
		lock(&sched.lock);
		movem(waiterm, how == There);
		alone = how == There && sched.midle == waiterm;
		if (alone) { // a new thread
			sched.midle = NULL;
			waiterm->idle = false;
			sched.nmidle--;
		}
		unlock(&sched.lock);
	}
	startm(lost, false);
	if (alone) {
		lock(&sched.lock);
		waiterm->schedlink = sched.midle;
		sched.midle = waiterm;
		waiterm->idle = true;
		sched.nmidle++;
		unlock(&sched.lock);
	}
	helping = false;
	return NULL;
}

void
lose(bool stays)
{
	m *mp = thrum_m;
	g *gp = load(mp->curg);
	if (how == Claimed) {
		atomic_fetch_or(&mp->claim, ClaimSlow);
		return;
	}
	if ((lost = load(mp->p))) {
		cr_assert(retake(lost, true, 0, 0), "%s: the p cannot be taken away", what);
		SAME(load(gp->status), Gsyscall, "g.status");
	} else { // thrum_blockcall has given it away
		SAME(load(gp->status), Gsyscall, "g.status");
		lock(&sched.lock);
		lost = pidleget();
		unlock(&sched.lock);
		cr_assert(lost, "%s: no p is idle", what);
	}
	if (how == Idle) {
		lock(&sched.lock);
		pidleput(lost);
		unlock(&sched.lock);
		return;
	}
	waiter = gp;
	waiterm = mp;
	waiterlocked = stays;
	helping = true;
	pthread_t t;
	cr_assert_eq(pthread_create(&t, NULL, helper, NULL), 0);
	pthread_detach(t);
}

void
found(void)
{
	while (helping) // it still reorders the ms
		__asm__ volatile("syscall" : : "a"(24) : "rcx", "r11", "memory"); // sched_yield
	m *mp = thrum_m;
	if (how == Claimed && sched.asymmetric)
		atomic_fetch_and(&mp->claim, ~(uint32_t)ClaimSlow);
	if (how >= Here) {
		elsewhere += mp != waiterm;
		SAME(mp != waiterm, how == There && !waiterlocked, "going on on another m");
	}
	settled();
}
