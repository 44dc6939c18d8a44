// SPDX-License-Identifier: MIT
//
// poll.c - what a loop's poll decides (arch/x86_64/poll.asm).
//
// A poll is no place to move a stack: the code generator does not know it as a call and may
// have addresses of the stack in registers. So with stackmove=1, when the guard is always ~0, polls
// find nothing to do, slowly.
//
// Compiled without vector registers, which are the loop's.

#include "core/base/lock.h"
#include "core/sched/preempt.h"
#include "core/stack/stack.h"

// polled: true when gp, which runs a loop of code that thrumcc has built, must give way; else its guard
// is put right, as newstack does. System stack.
bool
polled(g *gp)
{
	bool request = asked(gp);
	if (request && locksheld == 0)
		return true;
	if (!request)
		store(gp->preempt, 0);
	if (!request && gp->stackguard == ~(uintptr_t)0)
		gp->stackguard = gp->stackkind == StackFixed ? (uintptr_t)gp->stacklo + THRUM_GUARD : guardof(gp->stacklo);
	return false;
}
