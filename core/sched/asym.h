// SPDX-License-Identifier: MIT
//
// asym.h - the asymmetric Dekker protocol: the owner of a word executes no locked instruction; the
// others pay for it.
//
// Two threads must not both believe that they are alone. In Dekker's protocol each thread stores
// that it comes, passes a fence, and then looks whether the other has come. On x86 that fence costs
// 5 ns. Here the owner, which comes often, has only a fence for the compiler (lightfence). Another
// thread, which comes rarely, makes every thread of the process pass a real one (heavyfence:
// membarrier, some microseconds). Before that fence, one of the two stores may not be seen by the
// other side yet, but never both.
//
//	owner                       other
//	store word                  store claim
//	lightfence()                heavyfence()
//	load claim: 0? go on        load word: wait until it is 0, or leave the owner what it has
//
// These words are protected in this way:
//
//	p.claim     the run queue of a p (runq.h)
//	m.claim     an m in a foreign call (syscall.c)
//	m.uchanging the unsafe frames of an m in a foreign call (uframe.c, scan.c)
//	p.section   a lock biased to a p (bias.h); ready.c changes a status in such a section
//	the wheel's busy and shared: the timers of a p (timer.c)
//
// The models runq, handoff, bias, wheellock and scanread check them over all interleavings of store
// buffers.
//
// If the kernel has no membarrier, no word has an owner: claims are always ClaimSlow, the owners
// take the slow way, and heavyfence does nothing. The idea is from Dice, Huang and Yang (asymmetric
// Dekker synchronization, 2001).

#ifndef THRUM_SCHED_ASYM_H
#define THRUM_SCHED_ASYM_H

#include "core/sched/types.h"

static inline void
lightfence(void)
{
	atomic_signal_fence(memory_order_seq_cst);
}

void heavyfence(void);

// waitzero waits until *word is 0: the owner has left its section.
void waitzero(_Atomic uint32_t *word);

// The lock in a claim is ClaimLock. claimlock takes it, claimtry tries to. Both are for other
// threads, and for the owner in its slow way. Stack: any.
void claimlock(_Atomic uint32_t *claim);
bool claimtry(_Atomic uint32_t *claim);
void claimunlock(_Atomic uint32_t *claim);

#endif
