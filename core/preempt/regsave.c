// SPDX-License-Identifier: MIT
//
// regsave.c - memory for all registers of goroutines that were stopped where no call saves them.
//
// A goroutine has a regsave if it was preempted in a prologue or at any instruction, or came back
// from a foreign call without a p. It keeps it until it goes on. Mostly it goes on on another m
// than the one it stopped on, so an m's list is flushed to the common list when it grows.

#include <string.h>

#include "arch/arch.h"
#include "core/base/print.h"
#include "core/diag/race.h"
#include "core/preempt/preempt.h"
#include "core/sched/proc.h"

static const fixkind regkind = {.name = "regs", .use = UseRegs, .slab = 16384, .link = offsetof(regsave, next)};
fixalloc fixregs = FIXALLOC(&regkind, 0);

// sized returns the allocator: how much XSAVE writes is known at run time.
static fixalloc *
sized(void)
{
	fixregs.size = (sizeof(regsave) + thrum_xsavesize + CACHELINE - 1) & -(size_t)CACHELINE;
	return &fixregs;
}

void
regflush(m *mp)
{
	lock(&sched.lock);
	fixspill(&fixregs, &mp->regs, REGKEEP / 2);
	unlock(&sched.lock);
}

regsave *
regspare(void)
{
	return fixget(sized());
}

bool
regready(m *mp)
{
	if (!mp->regs.list) {
		lock(&sched.lock);
		fixfill(sized(), &mp->regs, REGKEEP / 8);
		unlock(&sched.lock);
	}
	return mp->regs.list != NULL;
}

// regalloc returns memory for all registers. Locks: none may be held; mp has no p.
static regsave *
regalloc(m *mp)
{
	if (!regready(mp))
		fatal("out of memory: the registers of a preempted goroutine cannot be saved");
	return fixpop(&regkind, &mp->regs);
}

// usp stays: the assembly has stored the goroutine's usp in the g. Here it is g0's, below which the
// caller has frames.
void
keep(m *mp, g *gp, const uint64_t *regs, const char *xsave, void (*resume)(void))
{
	regsave *r = regalloc(mp);
	memcpy(r->r, regs, sizeof r->r);
	memcpy(r->xsave, xsave, thrum_xsavesize);
	gp->regs = r;
	gp->sched.pc = (uintptr_t)resume;
	readfp(&gp->fp); // gp does not know of this stop: keep the flags too
	knowfp(&mp->fp, &gp->fp);
	emptyx87(); // a result in st0 is in the save area
	settcb_g(&mp->g0);
	racetog0();
	settcb_guard(0);
}
