// SPDX-License-Identifier: MIT
//
// syscall.c - a foreign call may block: its p goes to others meanwhile.
//
// A foreign call (foreign.asm) costs its goroutine two counters and two compares:
//
//	enter:  ncall++, incall = 1              plain stores
//	exit:   incall = 0
//	        claim != 0 or no p any more?     then exitsyscall
//
// Who takes the p away (retake: sysmon, or whoever stops the world) sets ClaimLock in the m, makes
// every thread pass a barrier, and only then looks whether incall is still set and ncall the
// one that it has watched. So either he sees that the call has ended, or the exit sees the lock
// or the missing p (tests/model/handoff.pml). A call that is known to block gives the p away at once
// (entersyscallblock).
//
// A goroutine that comes back without a p takes an idle one, else it goes to the global queue with all
// its result registers in a regsave, and its thread sleeps. One that is locked to its
// thread waits for the p there.

#include <string.h>

#include "arch/arch.h"
#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/sched/proc.h"
#include "core/sched/runq.h"

#define SLAB 16384 // bytes of regsaves mapped at a time

bool
retake(p *pp, bool all, uint32_t ncall)
{
	m *mp = loadacq(pp->m);
	if (!mp || !claimtry(&mp->claim))
		return false;
	if (sched.asymmetric)
		osbarrier();
	bool ok = loadacq(mp->p) == pp && loadacq(mp->incall) && (all || load(mp->ncall) == ncall);
	if (ok) {
		setstatus(load(mp->curg), Gsyscall); // its exit waits for us: curg stays
		releasep(mp);
	}
	claimunlock(&mp->claim);
	return ok;
}

// hasp: mp still has its p, and its goroutine goes on.
static bool
hasp(m *mp, g *gp)
{
	claimlock(&mp->claim);
	p *pp = load(mp->p);
	claimunlock(&mp->claim);
	if (pp)
		return true;
	lock(&sched.lock);
	if (!sched.stopping && !(load(sched.mainexited) && mp == sched.runner))
		pp = pidleget();
	if (pp)
		wakemonitor();
	unlock(&sched.lock);
	if (!pp)
		return false;
	casgstatus(gp, Gsyscall, Grunning);
	acquirep(mp, pp);
	return true;
}

// regflush gives all free regsaves of mp but some to the others: a goroutine mostly goes on on
// another m than it came out on, which would else pile them up.
void
regflush(m *mp)
{
	lock(&sched.lock);
	while (mp->nregfree > REGKEEP / 2) {
		regsave *r = mp->regfree;
		mp->regfree = r->next;
		mp->nregfree--;
		r->next = sched.regfree;
		sched.regfree = r;
	}
	unlock(&sched.lock);
}

static void
regadd(m *mp, regsave *r)
{
	r->next = mp->regfree;
	mp->regfree = r;
	mp->nregfree++;
}

// regalloc returns memory for all registers. No p, no lock.
static regsave *
regalloc(m *mp)
{
	if (!mp->regfree && sched.regfree) {
		lock(&sched.lock);
		for (regsave *r; mp->nregfree < REGKEEP / 4 && (r = sched.regfree);) {
			sched.regfree = r->next;
			regadd(mp, r);
		}
		unlock(&sched.lock);
	}
	if (!mp->regfree) {
		size_t size = (sizeof(regsave) + thrum_xsavesize + CACHELINE - 1) & -(size_t)CACHELINE;
		char *slab = osmap(SLAB, PAGE);
		if (!slab)
			fatal("out of memory: the registers of a goroutine cannot be kept");
		for (size_t at = 0; at + size <= SLAB; at += size)
			regadd(mp, (regsave *)(slab + at));
	}
	regsave *r = mp->regfree;
	mp->regfree = r->next;
	mp->nregfree--;
	return r;
}

// keep puts the registers of gp, which the assembly has saved on the system stack, and its
// other words into the g, but for usp, which is other here than there; from here on the thread is g0.
static void
keep(m *mp, g *gp, const uint64_t *regs, const char *xsave, void (*resume)(void))
{
	regsave *r = regalloc(mp);
	memcpy(r->r, regs, sizeof r->r);
	memcpy(r->xsave, xsave, thrum_xsavesize);
	gp->regs = r;
	gp->sched.pc = (uintptr_t)resume;
	__asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(gp->mxcsr), "=m"(gp->fpcw));
	__asm__ volatile("emms"); // a result in st0 is in the save area
	settcb_g(&mp->g0);
	settcb_usp(mp->g0.usp);
	settcb_guard(0);
}

void foreignresume(void), preemptresume(void);

// exitsyscall: the foreign call of gp has ended, and its p may be gone. Its result registers
// are at regs and xsave, on the system stack. Returns when gp can go on here.
void
exitsyscall(g *gp, const uint64_t *regs, const char *xsave)
{
	m *mp = thrum_m;
	if (hasp(mp, gp))
		return;
	if (locked(gp)) {
		reenter(mp);
		return;
	}
	keep(mp, gp, regs, xsave, foreignresume);
	stoprun(mp, gp);
	casgstatus(gp, Gsyscall, Grunnable);
	lock(&sched.lock);
	globput1(gp);
	unlock(&sched.lock);
	if (needwake())
		wakep();
	if (load(sched.mainexited) && mp == sched.runner)
		leave(mp);
	stopm(mp);
	schedule();
}

void
reenter(m *mp)
{
	g *gp = getg();
	if (hasp(mp, gp))
		return;
	// In the queue as what only this thread can run; here a p is waited for.
	gp->lockedm = mp;
	mp->lockedg = gp;
	store(mp->curg, NULL);
	lock(&sched.lock);
	casgstatus(gp, Gsyscall, Grunnable);
	globput1(gp);
	unlock(&sched.lock);
	if (needwake())
		wakep();
	stoplockedm(mp);
	gp->lockedm = NULL;
	mp->lockedg = NULL;
	setstatus(gp, Grunning);
	store(mp->curg, gp);
}

// cbenter: foreign code calls back into gp, whose p may be gone.
void
cbenter(g *gp)
{
	(void)gp;
	reenter(thrum_m);
}

// preempt_m: gp has met a poisoned guard in a prologue; its argument registers are at regs
// and xsave. It goes to the end of the global queue.
_Noreturn void
preempt_m(g *gp, const uint64_t *regs, const char *xsave)
{
	m *mp = thrum_m;
	keep(mp, gp, regs, xsave, preemptresume);
	store(gp->preempt, 0);
	stoprun(mp, gp);
	enqueue(gp);
	schedule();
}

// entersyscallblock: the foreign call that begins is known to block; incall is set.
void
entersyscallblock(g *gp)
{
	m *mp = thrum_m;
	if (sched.polled || debug.seeded)
		return;
	claimlock(&mp->claim);
	p *pp = load(mp->p);
	if (pp) {
		setstatus(gp, Gsyscall);
		releasep(mp);
	}
	claimunlock(&mp->claim);
	if (pp)
		handoffp(pp);
}
