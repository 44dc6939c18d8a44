// SPDX-License-Identifier: MIT
//
// measure.c - the depth of calls, for programs that ask by the address of a local.
//
// Interpreters and parsers limit recursion in this way: they remember the address of an early local
// or frame, and subtract the address of a later local from it. In C the difference is the size of
// frames and locals together. Here they lie apart, the stack moves, and unsafe frames go on in
// other chunks. If a local's address is used only for measuring (cc/unsafeframe.cpp), the compiler
// replaces it by the result of thrum_measure. That is the address that the local would have if
// frames and locals followed one another in one stack. It works in main and in threads that the
// program creates.

#include "arch/arch.h"
#include "core/sched/proc.h"
#include "core/stack/stack.h"

#define THREADMOST ((uintptr_t)1 << 40) // bytes of a thread's stack, at most

static uintptr_t
distance(uintptr_t a, uintptr_t b)
{
	return a < b ? b - a : a - b;
}

// The pass calls it in programs that measure their stack.
uintptr_t thrum_measure(uintptr_t other);

// thrum_measure returns the address of a local of the caller, as seen from other. Stack: any, also
// in signal handlers. Parks: no.
API uintptr_t
thrum_measure(uintptr_t other)
{
	uintptr_t sp = (uintptr_t)__builtin_frame_address(0), usp = gettcb_usp(), lo, hi;
	const g *gp = getg();
	if (usp && (lo = uroom(usp, &hi))) { // main, or a thread of the program: frames below lo,
	                                     // unsafe frames above
		uintptr_t frames = gp ? (uintptr_t)gp->stacklo + gp->stacksize - sp : lo - sp;
		if (frames <= (gp ? gp->stacksize : THREADMOST)) {
			frames += gp ? stackbelow(gp) : 0;
			// Below lo, other is the address of a frame, or computed from one. Above hi, there may
			// be big frames of a thread.
			uintptr_t top = gp || other < hi ? hi : plaintop();
			return (other < lo ? lo : top) - frames - udepth(usp);
		}
	}
	// A handler, or another goroutine: compare frames with frames, and unsafe frames with
	// unsafe frames.
	return usp && distance(usp, other) < distance(sp, other) ? usp : sp;
}
