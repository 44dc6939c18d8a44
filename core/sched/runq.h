// SPDX-License-Identifier: MIT
//
// runq.h - who runs next: a fixed ring per P, and a global queue behind it.
//
// A goroutine that becomes runnable goes to the tail of the ring; a full ring spills
// half to the global queue, an empty one takes a batch from it. The global queue is a ring
// of pointers, not a list, so that a batch is one memcpy and touches no g.
//
// First in, first out over both: while the global queue waits, a goroutine that yields
// must go behind it, not behind the ring. It goes to yieldq, a small array that is
// appended to the global queue when it is full or the ring is empty; so that costs one
// memcpy in YIELDQ switches. thrum_yield (switch.asm) does the common part of this itself.

#ifndef THRUM_SCHED_RUNQ_H
#define THRUM_SCHED_RUNQ_H

#include "core/sched/types.h"

// runqspill moves half of a full ring to the global queue.
void runqspill(p *pp);
// runqrefill fills an empty ring from the global queue. System stack.
void runqrefill(p *pp);

// runqput makes gp the last of the ring. Owner of pp; any stack.
static inline void
runqput(p *pp, g *gp)
{
	if (pp->runqtail - pp->runqhead == RUNQ)
		runqspill(pp);
	pp->runq[pp->runqtail++ & (RUNQ - 1)] = gp;
}

// runqget takes the next one; NULL when nothing is runnable. System stack.
static inline g *
runqget(p *pp)
{
	if (pp->runqhead == pp->runqtail) {
		runqrefill(pp);
		if (pp->runqhead == pp->runqtail)
			return NULL;
	}
	return pp->runq[pp->runqhead++ & (RUNQ - 1)];
}

// runqyield puts a goroutine that yields behind all others. System stack.
void runqyield(p *pp, g *gp);

void runqinit(p *pp, g *dummy);

#endif
