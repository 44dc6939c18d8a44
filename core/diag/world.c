// SPDX-License-Identifier: MIT
//
// world.c - core/sched/world.h for one thread: nothing changes but by the caller.

#include "core/sched/world.h"

#include "arch/arch.h"
#include "core/base/print.h"

bool
freezeworld(void)
{
	return true;
}

void
thawworld(void)
{
}

g *
allgat(size_t i)
{
	return i < sched.nallg ? sched.allg[i] : NULL;
}

bool
scang(g *gp)
{
	return gp->status != Grunning;
}

void
unscang(g *gp)
{
	(void)gp;
}

bool
lockedg(const g *gp)
{
	(void)gp;
	return false;
}

const char *
syslo(void)
{
	return thrum_m ? thrum_m->sysstack->lo : NULL;
}

void
printms(void)
{
	print("m 0: thread %d", m0.tid);
	if (m0.curg && m0.curg->status == Grunning)
		print(", goroutine %lu\n", (unsigned long)m0.curg->goid);
	else
		print(", no goroutine\n");
}
