// SPDX-License-Identifier: MIT
//
// proc.h - the scheduler, as the rest of the runtime sees it.

#ifndef THRUM_SCHED_PROC_H
#define THRUM_SCHED_PROC_H

#include "core/sched/types.h"

// gopark makes the calling goroutine wait, with a reason for dumps, until goready(gp).
// Goroutine stack.
void gopark(enum waitreason why);

// goready makes a waiting goroutine runnable; thaws it when it is frozen.
void goready(g *gp);

// schedinit prepares what must be there before the first goroutine. 0 or -errno.
int schedinit(void);

// signalinit makes the handlers that are there fit for goroutines and takes the fault signals.
void signalinit(void);

// altstackinit gives the calling thread a signal stack. 0 or -errno.
int altstackinit(m *mp);

// run is thrum_run; the code at text tells which kind of stack the main goroutine gets.
int run(int (*fn)(void *), void *arg, int *status, uintptr_t text);

#endif
