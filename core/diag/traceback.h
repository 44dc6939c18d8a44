// SPDX-License-Identifier: MIT
//
// traceback.h - prints the calls that led to a place, with names.
//
// The walk from the calling thread's place uses the unwind tables. It changes to the rbp chain,
// which instrumented code and the runtime always keep, at a frame with three properties. The frame
// lies on the goroutine's own stack, it is not the innermost one, and it is set up: a function
// whose stack check has failed has no frame yet. Where the tables end because the goroutine leaves
// its stack, the context that it has saved leads on. A goroutine that does not run needs only the
// chain.
//
// Goroutines are read while other threads go on, and without any lock, because a report may come
// from a signal handler that has interrupted the holder of a lock:
//
//	1. read the state of the g (where)
//	2. copy a piece of its stack, which may be unmapped by now (ospeek)
//	3. read the state again: if it is the same as before, the g did not run, and the copy is good
//
// If a goroutine is seen to run, the walk yields what was read before. A goroutine may also have
// run and come back to the very same state. Then some words of the copy may be older or newer than
// others. The walk trusts no word, so at worst it ends early.
//
// Rejected: stopping the world. It waits for threads, which a signal handler must not do, and
// reading a stack does not need it.
//
// All functions but tracepcs run within a report (print.h), off the goroutine's stack.

#ifndef THRUM_DIAG_TRACEBACK_H
#define THRUM_DIAG_TRACEBACK_H

#include "core/diag/unwind.h"
#include "core/sched/types.h"

// THRUM_TRACEBACK: the contents of a report.
enum tracelevel {
	TraceNone,   // its first line
	TraceSingle, // the goroutine that failed
	TraceAll,    // all goroutines
	TraceSystem, // also the runtime's own frames, and the threads
	TraceCrash,  // likewise, and a core
};

extern enum tracelevel tracelevel;

extern uint64_t tracenow; // cputicks at the start of the report; waits are counted up to it

// statusof names the state of gp. Needs no report. Stack: any.
const char *statusof(const g *gp);

// current returns the g in whose frames the calling thread is: NULL, the scheduler's g0, or a
// goroutine. If the scheduler still works under the g of a goroutine that others may run by now,
// the result is g0.
g *current(void);

// tracebackhere prints the header and the frames of the calling thread, from the registers r on.
void tracebackhere(const regs *r, bool system);

// tracebackg prints the header and the frames of a goroutine that does not run, or says that it
// runs.
void tracebackg(g *gp, bool system);

// tracepcs stores the pcs of the calling goroutine's frames, from the registers r on: the innermost
// first, at most max. Needs no report. tracebackpcs prints them under a header of its own, printpcs
// without one. Stack: the system stack. Returns: the number of pcs.
uint32_t tracepcs(const regs *r, uintptr_t *pcs, uint32_t max);
void printpcs(const uintptr_t *pcs, uint32_t n);
void tracebackpcs(uint64_t goid, const char *what, const uintptr_t *pcs, uint32_t n, uintptr_t gopc);

// tracebackothers prints all goroutines but the calling thread's; with system also the threads.
// Each begins with an empty line.
void tracebackothers(bool system);

#endif
