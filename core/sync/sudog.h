// SPDX-License-Identifier: MIT
//
// sudog.h - one goroutine waits on one object: the entry in the queues of channels, select and
// semaphores.
//
// A goroutine that waits on one object uses the sudog in its g, so it needs no memory. A select
// takes one per case from its p's pool. elem may point to a local of the waiter: a local whose
// address is taken never lies on a stack that moves.
//
// A thread that runs no goroutine waits too: it makes a g that stands for it, with a note to sleep
// on. Source of the idea: Go's sudog.

#ifndef THRUM_SYNC_SUDOG_H
#define THRUM_SYNC_SUDOG_H

#include "core/sched/types.h"
#include "core/time/timer.h"

// sudogget takes a zeroed sudog, for one more case of a select; NULL without memory. sudogput gives
// it back. Only for the owner of a p, or a thread without one. Stack: any.
sudog *sudogget(void);
void sudogput(sudog *s);
extern fixalloc fixsudogs; // sched.lock

// goroutine returns the calling goroutine; NULL on a thread, or on the system stack of one.
static inline g *
goroutine(void)
{
	g *gp = getg();
	return gp && gp->goid ? gp : NULL;
}

// The g that stands for a thread which runs no goroutine.
typedef struct threadg {
	g g;
	note note;
} threadg;

// threadbegin makes t stand for the calling thread.
g *threadbegin(threadg *t);

// waitpark makes gp, the caller, wait until goready(gp): a goroutine by gopark, a thread on its
// note. commit is as in gopark.
void waitpark(g *gp, enum waitreason why, bool (*commit)(g *, void *), void *arg);

// A wait with a time limit: set g.until before waitpark, call waitlimit in commit, and call
// waitover afterwards. commit must hold the lock that fn takes, or fn must find nothing to do yet.
// fn, the timer's function, takes the goroutine out of its queue if it is still there, and readies
// it. A thread's limit is its own sleep: then the thread calls fn itself.
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

// limitof turns a time limit of a program into g.until. NEVER means no limit.
static inline uint64_t
limitof(uint64_t when)
{
	return when == NEVER ? 0 : when > 0 ? when : 1;
}

// timedg returns the goroutine whose time limit t is.
static inline g *
timedg(timer *t)
{
	return (g *)((char *)t - offsetof(g, timer));
}

#endif
