// SPDX-License-Identifier: MIT
//
// traceback.h - who called whom, with names.
//
// Where a goroutine is, is found by the unwind tables until a frame on its own stack is
// reached that is not the innermost one; from there by the rbp chain, which instrumented
// code and the runtime always keep. A goroutine that does not run needs only the chain.
//
// All functions run within a report (print.h), off the goroutine's stack.

#ifndef THRUM_DIAG_TRACEBACK_H
#define THRUM_DIAG_TRACEBACK_H

#include "core/diag/unwind.h"
#include "core/sched/types.h"

// THRUM_TRACEBACK: what a report holds.
enum tracelevel {
	TraceNone,   // its first line
	TraceSingle, // the goroutine that failed
	TraceAll,    // all goroutines
	TraceSystem, // also the runtime's own frames, and the threads
	TraceCrash,  // likewise, and a core
};

extern enum tracelevel tracelevel;

extern uint64_t tracenow; // cputicks at the report's begin, from which waits are counted

// tracebackhere prints header and frames of the calling thread, which was at r.
void tracebackhere(const regs *r, bool system);

// tracebackg prints header and frames of a goroutine that does not run, or says that it does.
void tracebackg(g *gp, bool system);

// tracebackothers prints all goroutines but the calling thread's; with system also the threads.
// Each begins with an empty line.
void tracebackothers(bool system);

// statusof names the state of gp.
const char *statusof(const g *gp);

#endif
