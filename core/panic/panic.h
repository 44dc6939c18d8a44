// SPDX-License-Identifier: MIT
//
// panic.h - what the rest of the runtime needs of deferred calls and panics.

#ifndef THRUM_PANIC_PANIC_H
#define THRUM_PANIC_PANIC_H

#include <signal.h>

#include "core/sched/types.h"
#include "thrum/ctx.h"

// A panic, or a thrum_goexit, whose deferred calls are running. It lies in the frame of who raised it.
struct panicking {
	thrum_panicinfo info;
	panicking *link; // the one in whose deferred call this one came up
	const thrum_origin *origin; // it came up in another goroutine, in a nursery of who raised it
	uintptr_t sp;    // of who raised it
	uint32_t number; // link's + 1
	uint32_t level;
	bool goexit, recovered;
};

// gopanic unwinds the caller, p saying why. The caller's stack.
_Noreturn void gopanic(panicking *p);

// panicorigin tells, in onend, where p came up: it leaves the calling goroutine.
void panicorigin(const panicking *p, thrum_origin *o);

// faultpanic: a signal has come in. True when its handler is to return, because what it has interrupted goes on
// as if it had called a function that panics. Signal handler (fault.c).
bool faultpanic(int sig, const siginfo_t *info, void *uc);

// For longjmp: records and panics newer than the jmp_buf are dropped. defersto: the buffer says
// which there were. defersabove: only that it was set with this sp, on a stack that does not move.
void defersto(g *gp, thrum_defer *top, uint32_t npanic);
void defersabove(g *gp, uintptr_t sp);

#endif
