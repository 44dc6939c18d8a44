// SPDX-License-Identifier: MIT
//
// pool.h - what the collector does with pools.

#ifndef THRUM_SYNC_POOL_H
#define THRUM_SYNC_POOL_H

#include "core/sched/types.h"

#define POOLKEEP 30 // objects in the stack of a p

// What a pool has for a p.
typedef struct poolp {
	_Alignas(CACHELINE) void *_Atomic own; // one more, without the lock: only the p's owner puts
	mutex lock;
	uint32_t n;       // objects in the stack
	uint32_t unused;  // the lowest ones: not taken since the last drain
	uint32_t expired; // the lowest of them: to be dropped
	void *object[POOLKEEP + 1]; // a drain puts own on top
} poolp;

// poolsdrain drains all pools whose objects belong to the collector: these lose what was not used since
// it was last called. For each cycle of the collector. Any stack.
void poolsdrain(void);

// poolfork frees all locks, in the child of fork: who held them is gone.
void poolfork(void);

#endif
