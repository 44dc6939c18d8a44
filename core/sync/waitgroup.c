// SPDX-License-Identifier: MIT
//
// waitgroup.c - wait until the work is done. Go's sync.WaitGroup.
//
// One word holds both counts, the calls of done to come in its upper half and the waiters in
// the lower: who brings the upper to zero learns in the same instruction whether anybody waits, and
// touches nothing more when not, because then the owner may free it already. The waiters are
// in a list under one of a few mutexes, chosen by address.

#include "core/sync/waitgroup.h"

#include <stdatomic.h>

#include "arch/arch.h"
#include "core/base/lock.h"
#include "core/base/print.h"
#include "core/sched/proc.h"
#include "core/sync/sudog.h"
#include "thrum.h"

#define NBUCKET 61

static struct {
	_Alignas(CACHELINE) mutex lock;
} bucket[NBUCKET];

static mutex *
lockof(const thrum_wg *wg)
{
	mutex *l = &bucket[((uintptr_t)wg >> 4) % NBUCKET].lock;
	l->rank = RankSync;
	return l;
}

void
waitgroupfork(void)
{
	for (int i = 0; i < NBUCKET; i++)
		lockinit(&bucket[i].lock);
}

static uintptr_t
wake(uintptr_t a, uintptr_t unused)
{
	thrum_wg *wg = (thrum_wg *)a;
	mutex *l = lockof(wg);
	(void)unused;
	lock(l);
	g *gp = wg->waiters;
	wg->waiters = NULL;
	__atomic_store_n(&wg->state, 0, __ATOMIC_RELAXED);
	unlock(l);
	while (gp) {
		g *next = gp->schedlink;
		goready(gp);
		gp = next;
	}
	return 0;
}

API void
thrum_wg_add(thrum_wg *wg, int64_t delta)
{
	int64_t s = __atomic_add_fetch(&wg->state, delta * ((int64_t)1 << 32), __ATOMIC_ACQ_REL);
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

// register counts gp as a waiter and puts it into the list; false when nothing is to be waited
// for. The bucket's mutex.
static bool
enlist(thrum_wg *wg, g *gp)
{
	int64_t s = __atomic_load_n(&wg->state, __ATOMIC_ACQUIRE);
	do
		if (s >> 32 == 0)
			return false;
	while (!__atomic_compare_exchange_n(&wg->state, &s, s + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
	gp->schedlink = wg->waiters;
	wg->waiters = gp;
	return true;
}

// commit: gp is parked. What it returns to may free wg as soon as the mutex is released.
static bool
commit(g *gp, void *a)
{
	thrum_wg *wg = a;
	mutex *l = lockof(wg);
	lock(l);
	bool wait = enlist(wg, gp);
	unlock(l);
	return wait;
}

static __attribute__((noinline)) void
threadwait(thrum_wg *wg)
{
	threadg t;
	waitpark(threadbegin(&t), WaitGroup, commit, wg);
}

PARKS void
thrum_wg_wait(thrum_wg *wg)
{
	if (__atomic_load_n(&wg->state, __ATOMIC_ACQUIRE) >> 32 == 0)
		return;
	if (thrum_self())
		gopark(WaitGroup, commit, wg);
	else
		threadwait(wg);
}
