// SPDX-License-Identifier: MIT
//
// schedtrace.h - THRUM_DEBUG=schedtrace=N,scheddetail=1.

#ifndef THRUM_DIAG_SCHEDTRACE_H
#define THRUM_DIAG_SCHEDTRACE_H

#include <stdbool.h>

// schedtrace prints one line about the scheduler on stderr; with detail, also all ps, ms and gs.
// Stack: any system stack. Locks: takes sched.lock.
void schedtrace(bool detail);

#endif
