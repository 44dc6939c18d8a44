// SPDX-License-Identifier: MIT
//
// runq.h - the order of runnable goroutines: a ring and one "next" slot per p, a global queue
// behind them.
//
// A goroutine that becomes runnable goes to the tail of the ring. A full ring spills half to the
// global queue, an empty one takes a batch from it. The global queue is a ring of pointers, not a
// list, so that a batch is one memcpy and touches no g.
//
// The owner pushes and pops with plain loads and stores. To pop, it
//
//	1. stores head + 1
//	2. looks at claim; if that is not 0, it undoes the store and takes the slow way
//	3. loads the slot; NULL means that a thief has emptied it
//
// A thief sets ClaimLock, makes every thread pass a barrier, and only then reads head and tail and
// empties slots. Before the barrier, the thief may not see the owner's store of head yet, or the
// owner may not see the thief's lock yet, but never both. The thief marks what it takes in the slot
// itself. In the slow way the owner takes ClaimLock too. tests/model/runq.pml checks it over all
// interleavings of store buffers.
//
// next holds the goroutine that the running one made runnable last. It goes on in the same time
// slice, before the ring, so that a pair that wakes each other stays on one p. Thieves take it last
// and late: only if the owner has not switched for some microseconds.
//
// Ring and global queue together are first in, first out: while goroutines wait in the global
// queue, one that yields must go behind them, not behind the ring. It goes to yieldq, a small array
// that is appended to the global queue when yieldq is full or the ring is empty. So that costs one
// memcpy in YIELDQ switches. thrum_yield (yield.asm) does the common part of this itself. Every
// 61st switch looks into the global queue first: Go's number, prime to usual periods.
//
// Rejected: Go's CAS on head by the owner, 20 cycles at each switch. Rejected: a ring without a
// slow way, where the owner publishes the goroutines that may be stolen, because a goroutine that
// computes hides the rest.

#ifndef THRUM_SCHED_RUNQ_H
#define THRUM_SCHED_RUNQ_H

#include "core/sched/asym.h"

#ifndef GLOBTICK
#define GLOBTICK 61
#endif

// runqput makes gp the last of the ring. Only the owner of pp may call it. Stack: any.
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

// runqputnext makes gp the next one. The goroutine that was next goes to the ring. Only for the
// owner. Stack: any.
void runqputnext(p *pp, g *gp);

// runqget takes the next goroutine of pp's own. *inherit: it goes on in the time slice of the last
// one. Only for the owner. Stack: the system stack. Returns: NULL if there is none.
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

// runqyield puts a goroutine that yields behind all others. Only for the owner. Stack: the system
// stack.
void runqyield(p *pp, g *gp);

// runqflush appends yieldq to the global queue. Only for the owner. Stack: the system stack.
void runqflush(p *pp);

// runqsteal takes half of victim's ring or, if late, its next slot. It returns one goroutine, and
// the others go to pp's ring. Stack: the system stack. Returns: NULL if there is none.
g *runqsteal(p *pp, p *victim, bool late);

// ringempty and runqempty tell whether nothing is queued at pp, as far as another thread can see.
// Slots that thieves have emptied stay in ring and next, as NULL, until the owner comes by.
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

// runqdrain moves all of pp's queue to the global queue. No thread owns pp. Locks: sched.lock is
// held.
void runqdrain(p *pp);

// In the child of fork: runqforget empties pp's queue, runqfork the global one.
void runqforget(p *pp);
void runqfork(void);

// ---- the global queue; sched.lock is held ----

void globput(g **gs, size_t n);
static inline void
globput1(g *gp)
{
	globput(&gp, 1);
}

// globpick takes the goroutine at place k, 0 <= k < sched.globsize.
g *globpick(size_t k);

// globget returns the first goroutine, and moves a fair share of the others to pp's ring.
g *globget(p *pp, uint32_t max);

#endif
