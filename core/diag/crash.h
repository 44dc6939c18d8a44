// SPDX-License-Identifier: MIT
//
// crash.h - how a process ends that cannot go on: its message and its exit status.
//
// A report runs on a stack of its own, with unsafe frames of its own and no stack guard. So it can
// be made from any place: from a goroutine's stack that is full, from a signal handler on a small
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
// THRUM_TRACEBACK (traceback.h) chooses how much is printed. With THRUM_TRACEBACK=crash, an exit
// with status 2 becomes an abort. If the reporting thread faults within its report, a line that
// says so ends the report.
//
// The fault signals are those that Go takes for the program's own failure: SIGSEGV, SIGBUS, SIGFPE,
// SIGILL, SIGTRAP, SIGSYS, SIGABRT. If the program installs a handler, early or late, only that
// handler is called: it may recover, or be the program's own reporter. SIG_DFL means our report
// (signal.c). After the report the signal is sent once more with its own siginfo, and takes effect
// when the handler returns. So a core shows the fault, not the report.

#ifndef THRUM_DIAG_CRASH_H
#define THRUM_DIAG_CRASH_H

#include <signal.h>
#include <stdbool.h>

#include "core/sched/types.h"

// crashinit reads THRUM_TRACEBACK and takes the fault signals whose action is SIG_DFL.
void crashinit(void);

// quitinit takes SIGQUIT if its action is SIG_DFL.
void quitinit(void);

// crashaction replaces SIG_DFL for sig by the runtime's own action, if it has one for sig.
void crashaction(int sig, struct sigaction *a);
// crashours tells whether a came from crashaction.
bool crashours(const struct sigaction *a);

// report runs fn(a, b, c) as a report to fd; printend must end it. Within a report of the calling
// thread it does nothing. Stack: any but a goroutine's. Returns: false within such a report.
bool report(int fd, void (*fn)(uintptr_t, uintptr_t, uintptr_t), uintptr_t a, uintptr_t b, uintptr_t c);

// fatalby is fatal with first lines that head(arg) prints behind "fatal error: ".
_Noreturn void fatalby(void (*head)(const void *), const void *arg);

// fatalg is fatal for a goroutine whose context __morestack or a foreign call has saved. Stack: the
// system stack.
_Noreturn void fatalg(const char *msg, const g *gp);

// deadlock: all goroutines wait for one another, and all are printed. Stack: the system stack.
_Noreturn void deadlock(void);

#endif
