// SPDX-License-Identifier: MIT
//
// panic.h - deferred calls and panics, for the rest of the runtime.

#ifndef THRUM_PANIC_PANIC_H
#define THRUM_PANIC_PANIC_H

#include <signal.h>

#include "core/sched/types.h"
#include "thrum/ctx.h"

// A panic, or a thrum_goexit, whose deferred calls are running. It lies in the frame that raised
// it.
struct panicking {
	thrum_panicinfo info;
	panicking *link; // the one whose deferred call raised this one
	const thrum_origin *origin; // NULL, or where it came up: in a goroutine of a nursery
	uintptr_t sp;    // of the function that raised it
	uint32_t number; // link's + 1
	uint32_t level;
	bool goexit, recovered;
};

// gopanic unwinds the caller, because of p. Stack: the caller's.
_Noreturn void gopanic(panicking *p);

// panicorigin stores, in onend, where p came up, because p leaves the calling goroutine.
void panicorigin(const panicking *p, thrum_origin *o);

// faultpanic turns a fault into a panic, if the goroutine wants that. Signal handler only
// (fault.c). Returns: true if the handler must return, because the interrupted code goes on as if
// it had called a function that panics.
bool faultpanic(int sig, const siginfo_t *info, void *uc);

// Both drop the records and panics that are newer than the jmp_buf of a longjmp. defersto: the
// buffer holds the top record and the number of panics. defersabove: the buffer holds only this sp,
// on a stack that does not move.
void defersto(g *gp, thrum_defer *top, uint32_t npanic);
void defersabove(g *gp, uintptr_t sp);

#endif
