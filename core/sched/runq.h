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

// runqput makes gp the last of the ring. Owner of pp; system or goroutine stack, nosplit
// but for a full ring.
void runqput(p *pp, g *gp);
// runqyield puts a goroutine that yields behind all others.
void runqyield(p *pp, g *gp);
// runqget takes the next one; NULL when nothing is runnable.
g *runqget(p *pp);
void runqinit(p *pp, g *dummy);

#endif
