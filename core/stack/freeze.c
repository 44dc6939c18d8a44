// SPDX-License-Identifier: MIT
//
// freeze.c - cuts the stack of a parked goroutine to the bytes that it uses.
//
// Nothing points into a movable stack, so the used bytes of a parked goroutine may lie anywhere:
// freeze puts them into a block of just their size. thaw puts them at the high end of any free
// stack. The frame pointers keep the distances of the old place. Both moves are one copystack whose
// addresses are adjusted by thaw.

#include "core/stack/stack.h"

#include <errno.h>
#include <string.h>

// In a frozen g, stacklo is the block, stacksize is 0, and frozenused is the number of bytes.
// sched.sp and the frame pointers still name the old stack, whose end is sched.sp + frozenused.
//
// The caller of freeze has gp's Gscan bit. The p that resumes gp thaws it.
int
freeze(g *gp)
{
	if (gp->frozen)
		return 0;
	if (gp->stackkind == StackFixed || gp->pin != 0 || gp->nseg != 0 || gp->ncallback != 0)
		return -EPERM;
	size_t used = (size_t)(gp->stacklo + gp->stacksize - (char *)gp->sched.sp);
	char *block = blockalloc(used);
	if (!block)
		return -ENOMEM;
	memcpy(block, (char *)gp->sched.sp, used);
	stackfree(gp->stacklo, gp->stacksize);
	if (gp->segspare) {
		stackfree(gp->segspare, gp->segsparesize);
		gp->segspare = NULL;
	}
	gp->frozenused = (uint32_t)used;
	gp->stacklo = block;
	gp->stacksize = 0;
	gp->frozen = 1;
	return 0;
}

bool
thaw(g *gp)
{
	size_t used = gp->frozenused, size = (size_t)1 << gp->startclass;
	while (size < used + 2 * THRUM_GUARD)
		size *= 2;
	char *nlo = homealloc(gp, size);
	if (!nlo && !(nlo = stackalloc(size)))
		return false;
	uintptr_t old = gp->sched.sp, sp = (uintptr_t)nlo + size - used, delta = sp - old;
	memcpy((char *)sp, gp->stacklo, used);
	blockfree(gp->stacklo, used);
	for (uintptr_t *link = &gp->sched.bp; *link - old < used; link = (uintptr_t *)*link)
		*link += delta;
	gp->sched.sp = sp;
	gp->stacklo = nlo;
	gp->stacksize = size;
	gp->stackguard = guardof(nlo);
	gp->frozen = 0;
	gp->slow &= (uint16_t)~SlowFrozen;
	gp->copies++;
	return true;
}
