// SPDX-License-Identifier: MIT
//
// waitgroup.c - thrum_wg: waits until the work is done. Go's sync.WaitGroup.
//
// One word holds both counts: the outstanding calls of done in its upper half, the waiters in its
// lower half. A caller that brings the upper half to zero learns in the same instruction whether
// there are waiters. If there are none, it touches nothing more, because the owner may free the
// word already. The waiters are in the table of sema.h; until they have returned, no caller may
// begin to count again. A waiter that times out takes itself out of the count. If the upper half is
// zero by then, it stays: the caller that has brought it there is about to wake it.

#include <errno.h>

#include "arch/arch.h"
#include "core/base/print.h"
#include "core/diag/race.h"
#include "core/sched/proc.h"
#include "core/sync/sema.h"
#include "core/sync/sudog.h"
#include "thrum.h"

#define ONE ((int64_t)1 << 32)

static uintptr_t
wake(uintptr_t a, uintptr_t unused)
{
	thrum_wg *wg = (thrum_wg *)a;
	semaroot *root = rootfor(wg);
	(void)unused;
	lock(&root->lock);
	sudog *all = semdequeueall(root, wg);
	int64_t s = __atomic_exchange_n(&wg->state, 0, __ATOMIC_ACQ_REL);
	unlock(&root->lock);
	if (s >= ONE)
		fatal("thrum_wg_add from zero during thrum_wg_wait: add before the first wait");
	semready(all);
	return 0;
}

API void
thrum_wg_add(thrum_wg *wg, int64_t delta)
{
	racerelease(wg);
	int64_t s = __atomic_add_fetch(&wg->state, delta * ONE, __ATOMIC_ACQ_REL);
	if (s < 0)
		fatal("negative thrum_wg counter");
	if (s >> 32 == 0 && s != 0)
		systemstack(wake, (uintptr_t)wg, 0);
}

API void
thrum_wg_done(thrum_wg *wg)
{
	thrum_wg_add(wg, -1);
}

static bool
uncount(void *a)
{
	thrum_wg *wg = a;
	int64_t s = __atomic_load_n(&wg->state, __ATOMIC_RELAXED);
	while (s >= ONE)
		if (__atomic_compare_exchange_n(&wg->state, &s, s - 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			return true;
	return false;
}

static void
expire(timer *t, uint64_t now)
{
	(void)now;
	semexpire(t, uncount);
}

// commit counts gp as a waiter, unless there is nothing to wait for. As soon as the lock is
// released, a waiter that goes on may free wg.
static bool
commit(g *gp, void *a)
{
	thrum_wg *wg = a;
	semaroot *root = rootfor(wg);
	lock(&root->lock);
	int64_t s = __atomic_load_n(&wg->state, __ATOMIC_ACQUIRE);
	bool wait;
	do
		wait = s >= ONE;
	while (wait && !__atomic_compare_exchange_n(&wg->state, &s, s + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
	if (wait) {
		semqueue(root, wg, &gp->sudog, false);
		waitlimit(gp, expire);
	}
	unlock(&root->lock);
	return wait;
}

static int
wait(g *gp, thrum_wg *wg, uint64_t until)
{
	gp->until = until;
	enum wakeup how = semwait(gp, WaitGroup, commit, wg);
	gp->until = 0;
	if (how == WakeGiven && __atomic_load_n(&wg->state, __ATOMIC_RELAXED) != 0)
		fatal("thrum_wg reused before thrum_wg_wait has returned: let all waiters return first");
	return how == WakeLate ? -ETIMEDOUT : 0;
}

static __attribute__((noinline)) int
threadwait(thrum_wg *wg, uint64_t until)
{
	threadg t;
	return wait(threadbegin(&t), wg, until);
}

static int
waituntil(thrum_wg *wg, uint64_t until)
{
	int rc = 0;
	if (__atomic_load_n(&wg->state, __ATOMIC_ACQUIRE) >> 32 != 0) {
		g *gp = thrum_self();
		rc = gp ? wait(gp, wg, until) : threadwait(wg, until);
	}
	if (rc == 0)
		raceacquire(wg);
	return rc;
}

PARKS void
thrum_wg_wait(thrum_wg *wg)
{
	waituntil(wg, 0);
}

PARKS int
thrum_wg_wait_until(thrum_wg *wg, uint64_t when)
{
	return waituntil(wg, limitof(when));
}
