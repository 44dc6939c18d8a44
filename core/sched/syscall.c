// SPDX-License-Identifier: MIT
//
// syscall.c - a foreign call may block, so its p may go to others meanwhile.
//
// A foreign call (foreign.asm) costs its goroutine two counters and two compares:
//
//	enter:  ncall++, incall = 1              plain stores
//	exit:   incall = 0
//	        claim != 0 or no p any more?     then exitsyscall
//
// A goroutine whose time slice is over gives way at the exit (preempt.c).
//
// A retaker (sysmon, or a thread that stops the world) takes the p away by retake. It sets
// ClaimLock in the m, makes every thread pass a barrier, and only then looks whether incall is
// still set and ncall is the call that it has watched. So either the retaker sees that the call has
// ended, or the exit sees the lock or the missing p (tests/model/handoff.pml). A call that is known
// to block gives the p away at once (entersyscallblock).
//
// A goroutine that comes back without a p takes an idle one. If there is none, it goes to the
// global queue, with all its result registers in a regsave, and its thread sleeps. If it is locked
// to its thread, it waits for the p there.

#include "alloc/mcache.h"
#include "arch/arch.h"
#include "arch/called.h"
#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/preempt/preempt.h"
#include "core/sched/proc.h"
#include "core/sched/ready.h"
#include "core/sched/scan.h"
#include "core/stack/aside.h"

m *
holdcall(p *pp)
{
	m *mp = loadacq(pp->m);
	if (!mp || !claimtry(&mp->claim))
		return NULL;
	heavyfence();
	if (loadacq(mp->p) == pp && loadacq(mp->incall))
		return mp;
	claimunlock(&mp->claim);
	return NULL;
}

bool
retake(p *pp, bool all, uint32_t ncall, uint64_t lasted)
{
	m *mp = holdcall(pp);
	if (!mp)
		return false;
	bool ok = all || load(mp->ncall) == ncall;
	if (ok) {
		g *gp = load(mp->curg); // its exit waits for us, so it stays
		gp->waitsince = cputicks() - (lasted ? nsticks(lasted) : 0);
		setstatus(gp, Gsyscall);
		releasep(mp);
	}
	claimunlock(&mp->claim);
	return ok;
}

// hasp: mp may go on with gp if it still has its p, or if there is an idle one for it. Returns:
// whether it has a p now.
static bool
hasp(m *mp, g *gp)
{
	claimlock(&mp->claim);
	p *pp = load(mp->p);
	atomic_fetch_and(&mp->claim, ~(uint32_t)ClaimScan);
	claimunlock(&mp->claim);
	if (pp)
		return true;
	thrum_cache = threadcache; // the retaker could not do it
	lock(&sched.lock);
	if (!(load(sched.mainexited) && mp == sched.runner))
		pp = pidlefor(mp);
	if (pp)
		wakemonitor();
	unlock(&sched.lock);
	if (!pp)
		return false;
	casgstatus(gp, Gsyscall, Grunning);
	acquirep(mp, pp);
	return true;
}

void foreignresume(void);

// awaitp waits for a p, on the thread of gp.
static void
awaitp(m *mp, g *gp)
{
	// gp goes into the queue as a goroutine that only this thread can run. SlowCallback also
	// tells that to the code that does not ask the scheduler (park.asm, yield.asm), because a
	// longjmp may come from foreign frames without a callback. This thread waits for a p.
	uint16_t was = gp->slow & SlowCallback;
	gp->slow |= SlowCallback;
	gp->lockedm = mp;
	mp->lockedg = gp;
	gp->sched.pc = (uintptr_t)foreignresume; // for tracebacks only
	store(mp->curg, NULL);
	ready(NULL, gp, ReadyReturned);
	stoplockedm(mp);
	gp->lockedm = NULL;
	mp->lockedg = NULL;
	gp->slow = (gp->slow & (uint16_t)~SlowCallback) | was;
	setstatus(gp, Grunning);
	store(mp->curg, gp);
}

// exitsyscall: the foreign call of gp has ended, and its p may be gone. The result registers are at
// regs and xsave, on the system stack. Returns: only if gp can go on here.
void
exitsyscall(g *gp, const uint64_t *regs, const char *xsave)
{
	m *mp = thrum_m;
	callresult r = {xsave, (const char *)(regs + RegSp + 1)};
	store(mp->uchanging, 0);
	gp->result = &r;
	asideend(mp, gp);
	bool have = hasp(mp, gp), asked = have && askedincall(mp, gp);
	if (!asked && (have || locked(gp))) {
		if (!have)
			awaitp(mp, gp);
		scanrun(load(mp->p), gp);
		gp->result = NULL;
		return;
	}
	gp->result = NULL;
	if (asked)
		preempt_m(gp, regs, xsave, foreignresume);
	keep(mp, gp, regs, xsave, foreignresume);
	stoprun(mp, gp);
	ready(NULL, gp, ReadyReturned);
	if (load(sched.mainexited) && mp == sched.runner)
		leave(mp);
	stopm(mp);
	schedule();
}

// reenter runs on the unsafe frames of g0, because a walker may read those of gp meanwhile.
void
reenter(m *mp)
{
	g *gp = getg();
	gp->usp = swaptcb_usp(mp->g0.usp);
	if (!hasp(mp, gp))
		awaitp(mp, gp);
	scanrun(load(mp->p), gp);
	settcb_usp(gp->usp);
}

// cbenter: foreign code calls back into gp, whose p may be gone.
void
cbenter(g *gp)
{
	(void)gp;
	asidecallback(thrum_m);
	reenter(thrum_m);
}

// entersyscallblock: the foreign call that begins is known to block. incall is set.
void
entersyscallblock(g *gp)
{
	m *mp = thrum_m;
	if (sched.polled || debug.seeded)
		return;
	if (load(mp->claim) & ClaimSignal)
		sigwait_m(mp);
	claimlock(&mp->claim);
	p *pp = load(mp->p);
	if (pp) {
		gp->waitsince = cputicks();
		setstatus(gp, Gsyscall);
		releasep(mp);
	}
	claimunlock(&mp->claim);
	if (pp)
		handoffp(pp);
}
