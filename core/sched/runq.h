// SPDX-License-Identifier: MIT
//
// runq.h - who runs next: a ring and one "next" slot per P, a global queue behind them.
//
// A goroutine that becomes runnable goes to the tail of the ring; a full ring spills
// half to the global queue, an empty one takes a batch from it. The global queue is a ring
// of pointers, not a list, so that a batch is one memcpy and touches no g.
//
// The owner pushes and pops with plain loads and stores. To pop it
//
//	1. stores head + 1
//	2. looks at claim; when it is not 0, takes the store back and goes the slow way
//	3. loads the slot; NULL means that a thief has emptied it
//
// A thief sets ClaimLock, makes every thread pass a barrier, and only then reads head and tail
// and empties slots. Before the barrier the owner's store of head is not yet seen by the thief or
// the thief's lock is not yet seen by the owner, never both; what the thief takes is marked in
// the slot itself. In the slow way the owner takes ClaimLock too. tests/model/runq.pml checks
// it over all interleavings of store buffers.
//
// next holds what the running goroutine made runnable last: it goes on in the same time
// slice, before the ring, so that a pair that wakes each other stays on one P. Thieves take it last
// and late: only when the owner has not switched for some microseconds.
//
// First in, first out over ring and global queue: while the global queue waits, a goroutine that
// yields must go behind it, not behind the ring. It goes to yieldq, a small array that is
// appended to the global queue when it is full or the ring is empty; so that costs one
// memcpy in YIELDQ switches. thrum_yield (yield.asm) does the common part of this itself.
// Every 61st switch looks into the global queue first: Go's figure, prime to usual periods.
//
// Rejected: Go's CAS on head by the owner, 20 cycles at each switch; a ring without a slow
// way, where the owner publishes what may be stolen (a goroutine that computes hides the rest).

#ifndef THRUM_SCHED_RUNQ_H
#define THRUM_SCHED_RUNQ_H

#include "core/sched/asym.h"

#ifndef GLOBTICK
#define GLOBTICK 61
#endif

// Owner of pp only; any stack. runqput makes gp the last of the ring.
void runqputslow(p *pp, g *gp);
static inline void
runqput(p *pp, g *gp)
{
	uint32_t t = load(pp->runqtail);
	if (t - load(pp->runqhead) == RUNQ || load(pp->claim) & ClaimSlow) {
		runqputslow(pp, gp);
		return;
	}
	store(pp->runq[t & (RUNQ - 1)], gp);
	storerel(pp->runqtail, t + 1);
}

// runqputnext makes gp the next; what was next goes to the ring. Owner; any stack.
void runqputnext(p *pp, g *gp);

// runqget takes the next one of pp's own, NULL when there is none. *inherit: it goes on in the
// time slice of the last. Owner; system stack.
g *runqgetslow(p *pp, bool *inherit);
static inline g *
runqget(p *pp, bool *inherit)
{
	uint32_t h = load(pp->runqhead);
	*inherit = false;
	if (load(pp->nexton))
		return runqgetslow(pp, inherit);
	if (h == load(pp->runqtail))
		return NULL;
	store(pp->runqhead, h + 1);
	lightfence();
	if (load(pp->claim) != 0) {
		store(pp->runqhead, h);
		return runqgetslow(pp, inherit);
	}
	g *gp = load(pp->runq[h & (RUNQ - 1)]);
	return gp ? gp : runqgetslow(pp, inherit);
}

// runqyield puts a goroutine that yields behind all others. Owner; system stack.
void runqyield(p *pp, g *gp);

// runqflush appends what has yielded to the global queue. Owner; system stack.
void runqflush(p *pp);

// runqsteal takes half of victim's ring, or, when late, its next slot, and returns one of them;
// the others go to pp's ring. NULL when there is nothing. System stack.
g *runqsteal(p *pp, p *victim, bool late);

// ringempty, runqempty: nothing is queued at pp, as far as one can see from outside. What thieves have
// taken stands in ring and next as NULL until the owner comes by.
static inline bool
ringempty(p *pp)
{
	uint32_t t = loadacq(pp->runqtail);
	for (uint32_t h = load(pp->runqhead); h != t && t - h <= RUNQ; h++)
		if (load(pp->runq[h & (RUNQ - 1)]))
			return false;
	return load(pp->yieldhead) == load(pp->yieldtail);
}

static inline bool
runqempty(p *pp)
{
	return ringempty(pp) && !(loadacq(pp->nexton) && load(pp->next));
}

// runqdrain moves all of pp to the global queue; nobody owns pp. sched.lock.
void runqdrain(p *pp);

// In the child of fork: runqforget empties pp's queue, runqfork the global one.
void runqforget(p *pp);
void runqfork(void);

// ---- the global queue; sched.lock ----

void globput(g **gs, size_t n);
static inline void
globput1(g *gp)
{
	globput(&gp, 1);
}

// globpick takes the one at place k, 0 <= k < sched.globsize.
g *globpick(size_t k);

// globget returns the first one and moves a fair share of the others to pp's ring.
g *globget(p *pp, uint32_t max);

#endif
