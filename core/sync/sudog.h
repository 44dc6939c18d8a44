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

// sudogget takes one, zeroed, for one more case of a select; NULL without memory. sudogput gives it back.
// The owner of a p, or a thread without one; any stack.
sudog *sudogget(void);
void sudogput(sudog *s);
// sudogflush gives what pp keeps to the others. sched.lock.
void sudogflush(p *pp);

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

#endif
