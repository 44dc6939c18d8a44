// SPDX-License-Identifier: MIT
//
// pool.h - the interface of pools for the collector and for fork.

#ifndef THRUM_SYNC_POOL_H
#define THRUM_SYNC_POOL_H

#include "core/sched/types.h"

#define POOLKEEP 30 // objects in the stack of a p

// The part of a pool that belongs to a p.
typedef struct poolp {
	_Alignas(CACHELINE) void *_Atomic own; // one more, without the lock; only the p's owner
	                                       // puts
	mutex lock;
	uint32_t n;       // objects in the stack
	uint32_t unused;  // the lowest ones, not taken since the last drain
	uint32_t expired; // the lowest of those, to be dropped
	void *object[POOLKEEP + 1]; // a drain puts own on top
} poolp;

// poolsdrain drains all pools whose objects belong to the collector: they lose the objects that
// were not used since the last call. To be called in each cycle of the collector. Stack: any.
void poolsdrain(void);

// poolfork frees all locks in the child of fork, because their holders are gone.
void poolfork(void);

#endif
