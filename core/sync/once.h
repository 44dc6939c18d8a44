// SPDX-License-Identifier: MIT
//
// once.h - thrum_once for what leaves functions without returning from them.

#ifndef THRUM_SYNC_ONCE_H
#define THRUM_SYNC_ONCE_H

#include "core/sched/types.h"

// onceunwind ends what gp, the caller, has begun by thrum_once_do since its g.once was upto: the functions will
// not return. Goroutine stack.
void onceunwind(g *gp, thrum_once *upto);

#endif
