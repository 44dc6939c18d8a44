// SPDX-License-Identifier: MIT
//
// cond.c - thrum_cond: waits for a change of a state that a mutex protects. Go's sync.Cond.
//
// A goroutine that waits parks, queues itself at the condition's address, and only then unlocks the
// mutex, on the system stack. A thread that changes the state later, under the mutex, finds it in
// the queue. So a waker needs only the number of waiters to know that there is nothing to do. A
// waiter that times out leaves the queue, and no waker finds it there, so no signal is lost on it.

#include <errno.h>

#include "arch/arch.h"
#include "core/base/print.h"
#include "core/diag/race.h"
#include "core/sched/proc.h"
#include "core/sync/mutex.h"
#include "core/sync/sema.h"
#include "core/sync/sudog.h"
#include "thrum.h"

static bool
uncount(void *a)
{
	thrum_cond *c = a;
	__atomic_fetch_sub(&c->waiters, 1, __ATOMIC_RELAXED);
	return true;
}

static void
expire(timer *t, uint64_t now)
{
	(void)now;
	semexpire(t, uncount);
}

// commit: as soon as gp is queued, it may be woken, and then waits for the mutex that is unlocked
// here.
static bool
commit(g *gp, void *a)
{
	thrum_cond *c = a;
	thrum_mutex *m = gp->param;
	semaroot *root = rootfor(c);
	lock(&root->lock);
	semqueue(root, c, &gp->sudog, false);
	__atomic_fetch_add(&c->waiters, 1, __ATOMIC_RELAXED);
	waitlimit(gp, expire);
	unlock(&root->lock);
	mutexunlock(m);
	return true;
}

static int
wait(g *gp, thrum_cond *c, thrum_mutex *m, uint64_t until)
{
	racerelease(m);
	gp->param = m;
	gp->until = until;
	gp->waiting = &gp->sudog;
	waitpark(gp, WaitCond, commit, c);
	waitover(gp);
	gp->waiting = NULL;
	gp->until = 0;
	bool late = gp->param == (void *)WakeLate;
	if (!late)
		raceacquire(c);
	mutexlock(m, WaitMutex);
	return late ? -ETIMEDOUT : 0;
}

static __attribute__((noinline)) int
threadwait(thrum_cond *c, thrum_mutex *m, uint64_t until)
{
	threadg t;
	return wait(threadbegin(&t), c, m, until);
}

static int
waituntil(thrum_cond *c, thrum_mutex *m, uint64_t until)
{
	g *gp = thrum_self();
	return gp ? wait(gp, c, m, until) : threadwait(c, m, until);
}

PARKS void
thrum_cond_wait(thrum_cond *c, thrum_mutex *m)
{
	if (!mutexislocked(m))
		fatal("thrum_cond_wait: the mutex is not locked; lock it first");
	waituntil(c, m, 0);
}

PARKS int
thrum_cond_wait_until(thrum_cond *c, thrum_mutex *m, uint64_t when)
{
	if (!mutexislocked(m))
		fatal("thrum_cond_wait_until: the mutex is not locked; lock it first");
	return waituntil(c, m, limitof(when));
}

static uintptr_t
wake(uintptr_t a, uintptr_t all)
{
	thrum_cond *c = (thrum_cond *)a;
	semaroot *root = rootfor(c);
	lock(&root->lock);
	sudog *s = all ? semdequeueall(root, c) : semdequeue(root, c);
	for (const sudog *t = s; t; t = t->link)
		__atomic_fetch_sub(&c->waiters, 1, __ATOMIC_RELAXED);
	unlock(&root->lock);
	semready(s);
	return 0;
}

API void
thrum_cond_signal(thrum_cond *c)
{
	racerelease(c);
	if (__atomic_load_n(&c->waiters, __ATOMIC_RELAXED) > 0)
		systemstack(wake, (uintptr_t)c, false);
}

API void
thrum_cond_broadcast(thrum_cond *c)
{
	racerelease(c);
	if (__atomic_load_n(&c->waiters, __ATOMIC_RELAXED) > 0)
		systemstack(wake, (uintptr_t)c, true);
}
