// SPDX-License-Identifier: MIT
//
// traceback.h - who called whom, with names.
//
// Frames are found by the rbp chain, which instrumented code and the runtime always
// keep; names, files and lines by libbacktrace.

#ifndef THRUM_DIAG_TRACEBACK_H
#define THRUM_DIAG_TRACEBACK_H

#include "core/sched/types.h"

// traceback prints the frames of gp from pc and bp on. System stack.
void traceback(const g *gp, uintptr_t pc, uintptr_t bp);

// tracebackg prints gp's header and frames; its context is saved.
void tracebackg(const g *gp);

// statusof names the state of gp.
const char *statusof(const g *gp);

// deadlock: all goroutines wait for one another. System stack.
_Noreturn void deadlock(void);

// fatalg is fatal for a goroutine whose context is saved.
_Noreturn void fatalg(const char *msg, const g *gp);

#endif
