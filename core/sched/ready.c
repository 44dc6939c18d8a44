// SPDX-License-Identifier: MIT
//
// ready.c - the ways to become runnable that are not inlined, see ready.h.

#include "core/sched/ready.h"

#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/preempt/preempt.h"

static uintptr_t
wakep_m(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	wakep();
	return 0;
}

void
readywake(void)
{
	systemstack(wakep_m, 0, 0);
}

void
readyglobal(g *gp, enum readyhow how)
{
	if (how == ReadyReturned) {
		if (load(sched.sampling) == 1 && !locked(gp)) {
			gp->slow |= SlowTrack;
			gp->waitsince = cputicks();
		}
		casgstatus(gp, Gsyscall, Grunnable);
	} else if (how == ReadyWoken) {
		casgstatus(gp, Gwaiting, Grunnable);
	}
	lock(&sched.lock);
	if (how == ReadyPreempted)
		setstatus(gp, Grunnable);
	globput1(gp);
	unlock(&sched.lock);
	if (sched.polled)
		pollwake();
	else if (needwake())
		wakep();
	else if (how == ReadyReturned && load(sched.npidle) == 0 && load(sched.nmspinning) == 0)
		sliceover(); // this thread has time to look for a p that is used for too long
}

static uintptr_t
readyglobal_m(uintptr_t gp, uintptr_t how)
{
	readyglobal((g *)gp, (enum readyhow)how);
	return 0;
}

void
readyaside(g *gp, enum readyhow how)
{
	systemstack(readyglobal_m, (uintptr_t)gp, how);
}

// readied is casgstatus(gp, Gwaiting, Grunnable) without a locked instruction. Only castogscan may
// change the status meanwhile, and that waits for the end of sections (core/sync/bias.h).
static inline void
readied(p *pp, g *gp)
{
	store(pp->section, 1);
	lightfence();
	if (load(gp->status) == Gwaiting && sched.asymmetric && !debug.check) {
		store(gp->status, Grunnable);
		storerel(pp->section, 0);
		return;
	}
	storerel(pp->section, 0);
	casgstatus(gp, Gwaiting, Grunnable);
}

// handover gives gp to a p that spins. Returns: false if no p spins.
static bool
handover(p *pp, g *gp)
{
	if (!load(sched.spinner))
		return false;
	p *to = atomic_exchange(&sched.spinner, NULL);
	if (!to)
		return false;
	bump(pp->nhandover, 1);
	storerel(to->inbox, gp);
	return true;
}

inline __attribute__((always_inline)) void // part of goready, which is in every hand-off
readywoken(p *pp, g *gp)
{
	readied(pp, gp);
	track(pp, gp);
	if (pp->nready++ > 0 && handover(pp, gp))
		return;
	runqputnext(pp, gp);
	if (needwake())
		readywake();
}

void
goready(g *gp)
{
	if (gp->thread) {
		casgstatus(gp, Gwaiting, Grunnable);
		notewakeup(gp->thread);
	} else if (load(gp->status) != Gdead) { // else lost in a fork
		ready(getp(), gp, ReadyWoken);
	}
}
