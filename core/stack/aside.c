// SPDX-License-Identifier: MIT
//
// aside.c - instrumented code that runs aside: on a stack that is neither its goroutine's nor the system's.
//
// During a foreign call of a goroutine this is a signal handler, or a function that foreign code calls on a stack which it
// has switched to: in assembly as coroutine libraries do, or by swapcontext. Its frames lie on that stack.
// Its unsafe frames lie below those of the goroutine, as a callback's do. That is right while whatever came last ends
// first. A coroutine may be left in the middle and be gone on with later. Meanwhile others take and give back
// unsafe frames above its own or in their place, and results are wrong.
//
// So usp must be, whenever a foreign call returns, what it was when that call began:
//
//	- Code aside calls foreign functions by asidecall (foreign.asm), which compares the two.
//	- A foreign call of a goroutine does not compare: that would cost every call. But while one lasts, the guard is ~0, and
//	  each function that begins aside comes to __morestack. The first sets ClaimAside and keeps usp, of which
//	  nothing has been taken yet since the foreign call began. The call returns the slow way then, and asideend compares.
//	  Where the foreign function is the runtime's, sigset say, a handler keeps one that is deeper, and less is seen.
//	- A callback is a goroutine's own code. What is kept waits in the callback's record meanwhile.
//
// A longjmp between two functions of foreign code aside leaves unsafe frames of those that it ends. Nobody knows where they
// begin, until the foreign call returns that both are in: so it brings usp back once.
//
// A switch between coroutines without unsafe frames is not seen, and does no harm. Nothing is compared on threads that run
// no goroutine.
//
// Compiled without vector registers, because results are in some.

#include "core/stack/aside.h"

#include "arch/arch.h"
#include "arch/called.h"
#include "core/base/print.h"
#include "core/diag/crash.h"
#include "core/sched/proc.h"
#include "core/stack/callback.h"
#include "core/stack/stack.h"

#define SWITCHED \
	"foreign code has switched stacks in the middle of functions that thrumcc has built: " \
	"use coroutines that have a thread each (Ruby: ./configure --with-coroutine=pthread), or goroutines"

// asidecheck: the foreign call that code aside has made when usp was was, has returned with another. Any stack.
void
asidecheck(uintptr_t was)
{
	m *mp = thrum_m;
	if (usame(was, gettcb_usp()))
		return;
	if (!mp || !mp->asidejump)
		fatal(SWITCHED);
	mp->asidejump = false;
	settcb_usp(uback(was));
}

static void
mark(m *mp, uintptr_t usp)
{
	mp->asideusp = usp;
	atomic_signal_fence(memory_order_seq_cst);
	atomic_fetch_or(&mp->claim, ClaimAside);
}

void
asideforget(m *mp)
{
	if (load(mp->claim) & ClaimAside)
		atomic_fetch_and(&mp->claim, ~(uint32_t)ClaimAside);
}

void
asideend(m *mp, g *gp)
{
	if (!(load(mp->claim) & ClaimAside))
		return;
	asideforget(mp);
	bool jumped = mp->asidejump;
	mp->asidejump = false;
	if (!udeeper(gp->usp, mp->asideusp))
		return;
	if (!jumped) {
		store(mp->incall, 1); // for the traceback
		fatalg(SWITCHED, gp);
	}
	if (mp->asideusp)
		gp->usp = mp->asideusp; // else what there is stays in use
}

void
asidecallback(m *mp)
{
	if (!(load(mp->claim) & ClaimAside))
		return;
	((cbrecord *)mp->sysp)->aside = mp->asideusp | 1;
	asideforget(mp);
}

void
asidejump(m *mp, const cbrecord *last, uintptr_t sp)
{
	if (last) {
		asideforget(mp); // of a later foreign call
		if (last->aside)
			mark(mp, last->aside & ~(uintptr_t)1);
	} else if (load(mp->claim) & ClaimAside) {
		if ((uintptr_t)mp->syslo <= sp && sp <= (uintptr_t)mp->syshi)
			settcb_usp(uback(mp->asideusp));
		else
			mp->asidejump = true;
	}
}
