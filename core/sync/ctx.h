// SPDX-License-Identifier: MIT
//
// ctx.h - contexts and nurseries, for the scheduler.

#ifndef THRUM_SYNC_CTX_H
#define THRUM_SYNC_CTX_H

#include "core/base/fixalloc.h"

extern fixalloc fixctxs;

// ctxlock and ctxunlock enclose fork: the memory of contexts is whole in the child.
void ctxlock(void);
void ctxunlock(void);
// ctxfork and nurseryfork free all locks in the child of fork, because their holders are gone.
void ctxfork(void);
void nurseryfork(void);

#endif
