// SPDX-License-Identifier: MIT
//
// asym.h - the asymmetric Dekker protocol: the owner of a word pays nothing, the others pay for it.
//
// Two threads must not both believe that they are alone. In Dekker's protocol each stores that it comes, passes a
// fence, and then looks whether the other has come. On x86 that fence costs 5 ns. Here the owner, who comes often,
// has a fence for the compiler only (lightfence). Another thread, who comes rarely, makes every thread of the
// process pass a real one (heavyfence: membarrier, some microseconds). Before it, the owner's store is not yet seen by
// the other, or the other's store is not yet seen by the owner; never both.
//
//	owner                       other
//	store word                  store claim
//	lightfence()                heavyfence()
//	load claim: 0? go on        load word: wait until it is 0, or leave the owner what it has
//
// Four words are protected so: the run queue of a p (p.claim, runq.h), an m in a foreign call (m.claim, syscall.c),
// a lock biased to a p (p.section, bias.h; ready.c changes a status in such a section), the timers of a p (timer.c).
// The models runq, handoff, bias and wheellock check them over all interleavings of store buffers.
//
// Where the kernel has no membarrier nobody owns anything: the words always say "the slow way" (ClaimSlow), and
// heavyfence does nothing. The idea is Dice, Huang and Yang's (asymmetric Dekker synchronization, 2001).

#ifndef THRUM_SCHED_ASYM_H
#define THRUM_SCHED_ASYM_H

#include "core/sched/types.h"

static inline void
lightfence(void)
{
	atomic_signal_fence(memory_order_seq_cst);
}

void heavyfence(void);

// waitzero waits until the owner has left its section: *word is 0.
void waitzero(_Atomic uint32_t *word);

// The lock in a claim, ClaimLock: claimlock takes it, claimtry tries to. For others, and for owners in their slow way.
// Any stack.
void claimlock(_Atomic uint32_t *claim);
bool claimtry(_Atomic uint32_t *claim);
void claimunlock(_Atomic uint32_t *claim);

#endif
