// SPDX-License-Identifier: MIT
//
// ctx.h - what the scheduler needs of contexts and nurseries.

#ifndef THRUM_SYNC_CTX_H
#define THRUM_SYNC_CTX_H

#include "core/base/fixalloc.h"

extern fixalloc fixctxs;

// ctxlock and ctxunlock enclose fork: the memory of contexts is whole in the child.
void ctxlock(void);
void ctxunlock(void);
// ctxfork and nurseryfork free all locks, in the child of fork: who held them is gone.
void ctxfork(void);
void nurseryfork(void);

#endif
