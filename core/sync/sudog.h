// SPDX-License-Identifier: MIT
//
// sudog.h - one goroutine waits on one object: what channels, select and semaphores queue.
//
// A goroutine that waits on one object uses the sudog in its g, so that no memory is looked for; a
// select takes one per case from its p's pool. elem may point to a local of the waiter: locals
// whose address is taken never lie on a stack that moves.
//
// A thread that runs no goroutine waits as well: it makes a g that stands for it, with a
// note to sleep on. Source of the idea: Go's sudog.

#ifndef THRUM_SYNC_SUDOG_H
#define THRUM_SYNC_SUDOG_H

#include "core/sched/types.h"
#include "core/time/timer.h"

// sudogget takes one, zeroed, for one more case of a select; NULL without memory. sudogput gives it back.
// The owner of a p, or a thread without one; any stack.
sudog *sudogget(void);
void sudogput(sudog *s);
extern fixalloc fixsudogs; // sched.lock

// goroutine returns the calling goroutine, NULL on a thread or on the system stack of one.
static inline g *
goroutine(void)
{
	g *gp = getg();
	return gp && gp->goid ? gp : NULL;
}

// What stands for a thread that runs no goroutine.
typedef struct threadg {
	g g;
	note note;
} threadg;

// threadbegin makes t stand for the calling thread.
g *threadbegin(threadg *t);

// waitpark makes gp, the caller, wait until goready(gp): a goroutine by gopark, a thread on its note.
// commit as in gopark.
void waitpark(g *gp, enum waitreason why, bool (*commit)(g *, void *), void *arg);

// A wait with a time limit: set g.until before waitpark; call waitlimit in commit, with the lock that fn takes, or
// before fn can find anything to do; call waitover afterwards. fn, a timer's function, takes the goroutine out of its queue,
// if it is still there, and readies it. A thread's limit is its own sleep: then it calls fn itself.
static inline void
waitlimit(g *gp, void (*fn)(timer *, uint64_t))
{
	if (gp->until != 0 && gp->thread)
		gp->timer.fn = fn;
	else if (gp->until != 0)
		timerstart(&gp->timer, gp->until, fn);
}

static inline void
waitover(g *gp)
{
	if (gp->until != 0)
		timerstopwait(&gp->timer);
}

// limitof returns g.until for a time limit as programs give it: NEVER is none.
static inline uint64_t
limitof(uint64_t when)
{
	return when == NEVER ? 0 : when > 0 ? when : 1;
}

// timedg is the goroutine whose time limit t is.
static inline g *
timedg(timer *t)
{
	return (g *)((char *)t - offsetof(g, timer));
}

#endif
