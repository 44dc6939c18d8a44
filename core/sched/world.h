// SPDX-License-Identifier: MIT
//
// world.h - the scheduler, as who reports on it sees it.
//
// A report may come from a signal handler that has interrupted any code, also the runtime with
// its locks held. So nothing here blocks for long: what cannot be had within a bounded time is
// refused, and the report says less.

#ifndef THRUM_SCHED_WORLD_H
#define THRUM_SCHED_WORLD_H

#include "core/sched/types.h"

// freezeworld keeps goroutines from changing their state until thawworld, as far as that can be
// had; running ones go on running. False when it cannot: what is read may be out of date.
bool freezeworld(void);
void thawworld(void);

// allgat returns the goroutine number i of all that were ever made, NULL behind the last one.
// Its memory stays readable.
g *allgat(size_t i);

// scang gets the right to read the stack of gp, which does not run, until unscang. False: it runs.
bool scang(g *gp);
void unscang(g *gp);

// lockedg tells whether gp is bound to a thread.
bool lockedg(const g *gp);

// syslo returns the low end of the calling thread's system stack, NULL when it is no m.
const char *syslo(void);

// printms prints a line for each m: its thread, and what that runs.
void printms(void);

#endif
