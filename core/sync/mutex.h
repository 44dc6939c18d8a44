// SPDX-License-Identifier: MIT
//
// mutex.h - thrum_mutex for the rest of the runtime.

#ifndef THRUM_SYNC_MUTEX_H
#define THRUM_SYNC_MUTEX_H

#include "core/sched/types.h"

// mutexlock is thrum_mutex_lock with a reason for dumps.
void mutexlock(thrum_mutex *m, enum waitreason why);
// mutexunlock is thrum_mutex_unlock, but does not let others run. Stack: the system stack. Returns:
// true if a waiter has the mutex now.
bool mutexunlock(thrum_mutex *m);
bool mutexislocked(const thrum_mutex *m);

#endif
