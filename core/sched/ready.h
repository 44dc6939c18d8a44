// SPDX-License-Identifier: MIT
//
// ready.h - every way for a goroutine to become runnable.
//
// ready(pp, gp, how) sets the status, puts gp into a queue, samples the time from runnable to
// running, and wakes an m that looks for work. These belong together. `how` is the reason why gp
// can run, and decides where it goes:
//
//	ReadyNew        behind pp's others
//	ReadyWoken      next on pp, because its waker mostly parks right after. The second one since pp
//	                last switched goes to a p that spins, if there is one: its waker is a producer
//	ReadyYields     behind all others, also those of the global queue
//	ReadyPreempted  to the end of the global queue: it has had its time
//	ReadyReturned   likewise: its foreign call has ended, and its p is gone
//
// If the caller has no p (NULL), gp goes to the global queue. The only other way is thrum_yield's
// fast path (yield.asm), which a bit in p.claim turns off.

#ifndef THRUM_SCHED_READY_H
#define THRUM_SCHED_READY_H

#include "core/base/os.h"
#include "core/sched/proc.h"
#include "core/sched/runq.h"

enum readyhow { ReadyNew, ReadyWoken, ReadyYields, ReadyPreempted, ReadyReturned };

// readyglobal is ready for the global queue. Stack: the system stack.
void readyglobal(g *gp, enum readyhow how);
// readywoken is ready for a goroutine that waits, on a thread with the p pp. Stack: any.
void readywoken(p *pp, g *gp);
// readywake makes one more m look for work. Stack: any.
void readywake(void);
// readyaside is readyglobal on any stack.
void readyaside(g *gp, enum readyhow how);

// track times one in sched.sampling ways from runnable to running. Only the owner of gp may call
// it.
static inline void
track(p *pp, g *gp)
{
	if (++pp->ntrack >= load(sched.sampling)) {
		pp->ntrack = 0;
		gp->slow |= SlowTrack;
		gp->waitsince = cputicks();
	}
}

// ready makes gp runnable. The caller owns pp, which may be NULL, and gp: no other thread makes gp
// runnable. gp may run at once, so nothing of it may be touched afterwards. If `how` is constant,
// one branch is left. Stack: any for ReadyNew and ReadyWoken; else the system stack, and gp's
// context is saved.
static inline void
ready(p *pp, g *gp, enum readyhow how)
{
	if (how == ReadyYields) {
		setstatus(gp, Grunnable);
		runqyield(pp, gp);
	} else if (how == ReadyPreempted || how == ReadyReturned) {
		readyglobal(gp, how);
	} else if (!pp) {
		readyaside(gp, how);
	} else if (how == ReadyWoken) {
		readywoken(pp, gp);
	} else {
		track(pp, gp);
		runqput(pp, gp);
		if (needwake())
			readywake();
	}
}

#endif
