// SPDX-License-Identifier: MIT
//
// traceback.h - who called whom, with names.
//
// Where the calling thread is, is found by the unwind tables until a frame on its goroutine's own
// stack is reached that is not the innermost one and is set up: a function whose stack check has
// failed has none yet. From there it goes by the rbp chain, which instrumented code and the runtime
// always keep. Where the tables end because the goroutine leaves its stack, what it has saved leads
// on. A goroutine that does not run needs only the chain.
//
// Goroutines are read while other threads go on, without any lock, because a report may come from a
// signal handler that has interrupted whoever holds the locks:
//
//	1. look at what the g says of itself (where)
//	2. copy a piece of its stack, which may be unmapped by now (ospeek)
//	3. look again: what is the same as before did not run, and the copy is good
//
// A goroutine that is seen to run gives what was read before. It may also have run and come back to
// the very same place: then some words of the copy may be of another time, and the
// walk, which believes nothing, at worst ends early.
//
// Rejected: stopping the world. It waits for threads, which a handler must not; and to
// read a stack does not need it.
//
// All functions but tracepcs run within a report (print.h), off the goroutine's stack.

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

// statusof names the state of gp. Any stack, without a report.
const char *statusof(const g *gp);

// current returns the g whose frames the calling thread is in: NULL, the scheduler's, or a
// goroutine. If the scheduler still works under the g of a goroutine that others may run by now, it
// is the scheduler's.
g *current(void);

// tracebackhere prints header and frames of the calling thread, which was at r.
void tracebackhere(const regs *r, bool system);

// tracebackg prints header and frames of a goroutine that does not run, or says that it does.
void tracebackg(g *gp, bool system);

// tracepcs stores where the calling goroutine is, which was at r: the innermost frame first, at most max; returns how
// many. System stack; needs no report. tracebackpcs prints them, under a header of its own.
uint32_t tracepcs(const regs *r, uintptr_t *pcs, uint32_t max);
void tracebackpcs(uint64_t goid, const char *what, const uintptr_t *pcs, uint32_t n, uintptr_t gopc);

// tracebackothers prints all goroutines but the calling thread's; with system also the threads.
// Each begins with an empty line.
void tracebackothers(bool system);

#endif
