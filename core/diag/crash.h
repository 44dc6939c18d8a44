// SPDX-License-Identifier: MIT
//
// crash.h - how a process ends that cannot go on: what it says, and by which status.
//
// A report runs on a stack of its own, with unsafe frames of its own and no stack guard, so it can be
// made from any place: a goroutine's stack that is full, a signal handler on a small
// alternate stack. There is one such stack, because there is one report at a time.
//
//	fatal          fatal error: ...     exit 2
//	fatalby        likewise, for panics: their texts are the first lines
//	fatalg         likewise, for a goroutine whose context is saved
//	deadlock       likewise, with all goroutines
//	throw          runtime error: ...   abort
//	a fault        fatal signal: ...    killed by the signal
//	SIGQUIT        SIGQUIT: quit        exit 2, only in programs built by thrumcc
//
// THRUM_TRACEBACK (traceback.h) says how much is printed; with crash, what would exit
// with 2 aborts. A report in which the same thread faults again ends with a line that says so.
//
// Fault signals are those which Go takes for the program's own failure: SIGSEGV, SIGBUS, SIGFPE,
// SIGILL, SIGTRAP, SIGSYS, SIGABRT. A handler that the program has, whenever it came, is the
// only one that is called: it may recover, or be the program's own reporter. SIG_DFL means
// our report (signal.c). After it the signal is sent once more with its own siginfo, and takes
// effect when the handler returns: so a core shows the fault, not the report.

#ifndef THRUM_DIAG_CRASH_H
#define THRUM_DIAG_CRASH_H

#include <signal.h>
#include <stdbool.h>

#include "core/sched/types.h"

// crashinit reads THRUM_TRACEBACK and takes the fault signals whose action is SIG_DFL.
void crashinit(void);

// quitinit takes SIGQUIT if its action is SIG_DFL.
void quitinit(void);

// crashaction changes SIG_DFL for sig to what the runtime does then, if it does anything.
void crashaction(int sig, struct sigaction *a);
// crashours tells whether a is of crashaction.
bool crashours(const struct sigaction *a);

// report runs fn(a, b, c) as a report to fd, which printend has to end. False, and nothing is
// done, within a report of the calling thread. Any stack but a goroutine's.
bool report(int fd, void (*fn)(uintptr_t, uintptr_t, uintptr_t), uintptr_t a, uintptr_t b, uintptr_t c);

// fatalby is fatal with the first lines that head(arg) prints, behind "fatal error: ".
_Noreturn void fatalby(void (*head)(const void *), const void *arg);

// fatalg is fatal for a goroutine whose context is saved by __morestack or a foreign call. System stack.
_Noreturn void fatalg(const char *msg, const g *gp);

// deadlock: all goroutines wait for one another; all are printed. System stack.
_Noreturn void deadlock(void);

#endif
