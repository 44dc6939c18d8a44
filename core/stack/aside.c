// SPDX-License-Identifier: MIT
//
// aside.c - instrumented code that runs aside: on a stack that is neither its goroutine's nor the
// system's.
//
// During a foreign call of a goroutine, such code is a signal handler, or a function that foreign
// code calls on a stack to which it has switched. Coroutine libraries do that in assembly, others
// by swapcontext. The frames of code aside lie on that stack. Its unsafe frames lie below those of
// the goroutine, as a callback's do. That is right while the newest always ends first. But a
// coroutine may be left in the middle and continued later. Meanwhile others take and give back
// unsafe frames above its own or in their place, and results are wrong.
//
// So, when a foreign call returns, usp must have the value that it had when the call began:
//
//	- Code aside calls foreign functions by asidecall (aside.asm), which compares the two.
//	- A foreign call of a goroutine does not compare, because that would cost every call. But while
//	  one lasts, the guard is ~0, and each function that begins aside comes to __morestack. The
//	  first one sets ClaimAside and keeps usp, from which nothing has been taken yet since the
//	  foreign call began. The call then returns the slow way, and asideend compares. If the foreign
//	  function is the runtime's, such as sigset, a handler keeps a deeper usp, and fewer faults are
//	  seen.
//	- A callback is a goroutine's own code. The kept usp waits in the callback's record meanwhile.
//
// A longjmp between two functions of foreign code aside leaves behind unsafe frames of those that
// it ends. Nothing tells where those frames begin, until the foreign call that contains both
// functions returns. So that return sets usp back, once.
//
// A switch between coroutines without unsafe frames is not seen, and does no harm.
//
// On a thread that pthread_create has started and that runs no goroutine, code is aside if its
// frames are not where plain.c has begun them. Its foreign calls come to asidecall, too. Code on
// the thread's own stack compares nothing, because that would cost each of its foreign calls. So a
// switch is seen when it comes back to code aside. Nothing is compared on other threads.
//
// This file is compiled without vector registers, because results are in some of them.

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

// asidecheck is called when a foreign call of code aside has returned with another usp than was,
// with which it began. Stack: any.
void
asidecheck(uintptr_t was)
{
	bool *jumped = thrum_m ? &thrum_m->asidejump : &plainstack.jumped;
	if (usame(was, gettcb_usp()))
		return;
	if (!*jumped)
		fatal(SWITCHED);
	*jumped = false;
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
		gp->usp = mp->asideusp; // NULL: all unsafe frames stay in use
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
