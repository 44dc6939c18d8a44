// SPDX-License-Identifier: MIT
//
// measure.c - how deep the calls are, for programs that ask by the address of a local.
//
// Interpreters and parsers limit recursion so: they remember the address of an early local or frame, and subtract that of
// a local from it. In C the difference is what frames and locals take together. Here they lie apart, the stack moves, and
// unsafe frames go on in other chunks. So where a local's address is good for nothing but measuring (cc/unsafeframe.cpp),
// the compiler takes what thrum_measure returns: the address that the local would have if frames and locals followed one
// another in one stack, in main and in threads that the program creates.

#include "arch/arch.h"
#include "core/sched/proc.h"
#include "core/stack/stack.h"

#define THREADMOST ((uintptr_t)1 << 40) // bytes of a thread's stack

static uintptr_t
distance(uintptr_t a, uintptr_t b)
{
	return a < b ? b - a : a - b;
}

// The pass calls it in programs that measure their stack.
uintptr_t thrum_measure(uintptr_t other);

// thrum_measure returns the address of a local of the caller, as seen from other. Stack: any. Parks: no. Signal handlers:
// may be called.
API uintptr_t
thrum_measure(uintptr_t other)
{
	uintptr_t sp = (uintptr_t)__builtin_frame_address(0), usp = gettcb_usp(), lo, hi;
	const g *gp = getg();
	if (usp && (lo = uroom(usp, &hi))) { // main, or a thread of the program: frames below, unsafe frames above lo
		uintptr_t frames = gp ? (uintptr_t)gp->stacklo + gp->stacksize - sp : lo - sp;
		if (frames <= (gp ? gp->stacksize : THREADMOST)) {
			frames += gp ? stackbelow(gp) : 0;
			// Below lo, it is a frame's address, or one reckoned from it.
			return (other < lo ? lo : hi) - frames - udepth(usp);
		}
	}
	// A handler, another goroutine: like is compared with like.
	return usp && distance(usp, other) < distance(sp, other) ? usp : sp;
}
