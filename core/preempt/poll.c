// SPDX-License-Identifier: MIT
//
// poll.c - decides for a loop check whether the goroutine gives way (arch/x86_64/poll.asm).
//
// A stack must not move in a loop check: to the code generator it is no call, so addresses of the
// stack may be in registers. Therefore with stackmove=1, when the guard is always ~0, loop checks
// find nothing to do, slowly.
//
// A quick foreign call that a signal has interrupted ends in a loop check, too.
//
// This file is compiled without vector registers, because the loop uses them.

#include "arch/called.h"
#include "core/base/lock.h"
#include "core/base/modules.h"
#include "core/preempt/preempt.h"
#include "core/stack/stack.h"

// polled tells whether gp, which runs a loop of code that thrumcc has built, must give way. If not,
// its guard is restored as newstack does. Stack: the system stack.
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

// quickpolled does the same where gp has come back from a quick foreign call. The accessors of
// thread-locals are such calls. Their callers are listed as not to be stopped, because they hold
// the address that they get.
bool
quickpolled(g *gp)
{
	return !nopreempt(*(const uintptr_t *)gp->sched.sp) && polled(gp);
}
