// SPDX-License-Identifier: MIT
//
// poll.c - what a loop's poll decides (arch/x86_64/poll.asm).
//
// A poll is no place to move a stack: the code generator does not know it as a call and may
// have addresses of the stack in registers. So with stackmove=1, when the guard is always ~0, polls
// find nothing to do, slowly.
//
// A quick foreign call under which a signal has come ends in a poll, too.
//
// Compiled without vector registers, which are the loop's.

#include "arch/called.h"
#include "core/base/lock.h"
#include "core/base/modules.h"
#include "core/preempt/preempt.h"
#include "core/stack/stack.h"

// polled: true when gp, which runs a loop of code that thrumcc has built, must give way; else its guard
// is put right, as newstack does. System stack.
bool
polled(g *gp)
{
	bool request = asked(gp);
	if (request && locksheld == 0 && regready(gp->m))
		return true;
	if (!request)
		store(gp->preempt, 0);
	if (!request && gp->stackguard == ~(uintptr_t)0)
		unpoison(gp);
	return false;
}

// quickpolled: likewise where gp has come back from a quick foreign call. The accessors of thread-locals are such calls;
// their callers, which are listed, hold the address that they get.
bool
quickpolled(g *gp)
{
	return !nopreempt(*(const uintptr_t *)gp->sched.sp) && polled(gp);
}
