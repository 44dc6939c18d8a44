// SPDX-License-Identifier: MIT
//
// freeze.c - core/sched/world.h: what a report may read of goroutines that go on.
//
// freezeworld takes ClaimLock in every p, as a thief would, and sched.lock: nobody can then take a
// goroutine out of a queue, so those that do not run stay as they are. A goroutine in a foreign call
// is held by the ClaimLock of its m: its exit waits. One that waits has its Gscan bit taken.
//
// A report may come from a handler that has interrupted this very thread with one of these
// locks held: so each is tried for a few milliseconds at most.

#include "core/sched/world.h"

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/sched/proc.h"
#include "core/sched/runq.h"

#define TRIES 200
#define PAUSE 50000 // ns

static bool frozen;
static uint32_t nheld; // ps whose ClaimLock is taken

static bool
tryfor(bool (*try)(void *), void *arg)
{
	for (int i = 0; i < TRIES; i++) {
		if (try(arg))
			return true;
		osnap(PAUSE);
	}
	return false;
}

static bool
trysched(void *unused)
{
	(void)unused;
	return trylock(&sched.lock);
}

static bool
tryclaim(void *claim)
{
	return claimtry(claim);
}

static void
release(void)
{
	while (nheld > 0)
		claimunlock(&allp[--nheld]->claim);
}

bool
freezeworld(void)
{
	if (!tryfor(trysched, NULL))
		return false;
	for (uint32_t n = load(sched.nprocs); nheld < n; nheld++)
		if (!tryfor(tryclaim, &allp[nheld]->claim)) {
			release();
			unlock(&sched.lock);
			return false;
		}
	if (sched.asymmetric)
		osbarrier();
	frozen = true;
	return true;
}

void
thawworld(void)
{
	frozen = false;
	release();
	unlock(&sched.lock);
}

g *
allgat(size_t i)
{
	return i < loadacq(sched.nallg) ? sched.allg[i] : NULL;
}

bool
scang(g *gp)
{
	if (castogscan(gp))
		return true;
	m *mp = gp->m;
	if (inforeign(gp)) {
		if (!claimtry(&mp->claim))
			return false;
		if (sched.asymmetric)
			osbarrier();
		if (inforeign(gp))
			return true;
		claimunlock(&mp->claim);
		return false;
	}
	return frozen && load(gp->status) == Grunnable;
}

void
unscang(g *gp)
{
	if (load(gp->status) & Gscan)
		casfromgscan(gp);
	else if (inforeign(gp))
		claimunlock(&gp->m->claim);
}

bool
lockedg(const g *gp)
{
	return (gp->slow & SlowLocked) != 0;
}

const char *
syslo(void)
{
	return thrum_m ? thrum_m->syslo : NULL;
}

void
printms(void)
{
	for (const m *mp = sched.allm; mp; mp = mp->alllink) {
		if (!mp->inuse)
			continue;
		const g *gp = load(mp->curg);
		const p *pp = load(mp->p);
		print("m %u: thread %d", mp->id, load(mp->tid));
		if (pp)
			print(", p %u", pp->id);
		if (gp)
			print(", goroutine %lu\n", (unsigned long)gp->goid);
		else
			print(", no goroutine\n");
	}
}
