// SPDX-License-Identifier: MIT
//
// regsave.c - memory for all registers of goroutines that were stopped where no call saves them.
//
// A goroutine that was preempted in a prologue or anywhere, or came back from a foreign call without a
// p, has one until it goes on. It mostly goes on on another m than it stopped on, so an m's list is flushed to
// the common one when it grows.

#include <string.h>

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/preempt/preempt.h"
#include "core/sched/proc.h"
#include "core/diag/race.h"

#define SLAB 16384 // bytes mapped at a time

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

regsave *
regspare(void)
{
	if (!sched.regfree) {
		size_t size = (sizeof(regsave) + thrum_xsavesize + CACHELINE - 1) & -(size_t)CACHELINE;
		char *slab = osmap(SLAB, PAGE, UseRegs);
		for (size_t at = 0; slab && at + size <= SLAB; at += size) {
			regsave *r = (regsave *)(slab + at);
			r->next = sched.regfree;
			sched.regfree = r;
		}
	}
	regsave *r = sched.regfree;
	if (r)
		sched.regfree = r->next;
	return r;
}

bool
regready(m *mp)
{
	if (!mp->regfree) {
		lock(&sched.lock);
		for (regsave *r; mp->nregfree < REGKEEP / 8 && (r = regspare());) {
			r->next = mp->regfree;
			mp->regfree = r;
			mp->nregfree++;
		}
		unlock(&sched.lock);
	}
	return mp->regfree != NULL;
}

regsave *
regalloc(m *mp)
{
	if (!regready(mp))
		fatal("out of memory: the registers of a preempted goroutine cannot be saved");
	regsave *r = mp->regfree;
	mp->regfree = r->next;
	mp->nregfree--;
	return r;
}

// usp stays: the assembly has put the goroutine's into the g, and here it is g0's, below which the caller has frames.
void
keep(m *mp, g *gp, const uint64_t *regs, const char *xsave, void (*resume)(void))
{
	regsave *r = regalloc(mp);
	memcpy(r->r, regs, sizeof r->r);
	memcpy(r->xsave, xsave, thrum_xsavesize);
	gp->regs = r;
	gp->sched.pc = (uintptr_t)resume;
	readfp(&gp->mxcsr, &gp->fpcw); // it does not know of this: the flags too
	mp->mxcsr = gp->mxcsr;
	mp->fpcw = gp->fpcw;
	emptyx87(); // a result in st0 is in the save area
	settcb_g(&mp->g0);
	racetog0();
	settcb_guard(0);
}
