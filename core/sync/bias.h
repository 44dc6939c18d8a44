// SPDX-License-Identifier: MIT
//
// bias.h - a lock that costs its usual user no locked instruction.
//
// A locked instruction costs 5 ns, more than all else that a buffered send does; and most channels
// are used by goroutines of one p for a long time, because partners that wake each other stay
// together. So a lock can be biased to a p. Its owner enters by
//
//	1. store section = 1, a word of the p
//	2. load the lock's owner; when that is not the p, take the store back and go the slow way
//
// and leaves by storing 0. All others take key, a spin lock; who finds there that the lock has an owner
// clears it, makes every thread pass a barrier, and waits until the former owner's section is 0. After the
// barrier either he has seen that he is not the owner any more, or his section is seen here:
// the protocol of p.claim (types.h), checked in tests/model/bias.pml. Runtime code is not preempted, so a
// section ends within nanoseconds, unless the kernel takes the processor away.
//
// To take a bias away costs as much as a thousand locked instructions. So a lock is biased to
// who has taken it a thousand times in a row: whatever others do then, it was at most twice as dear as
// without. A lock made while there is one p is biased to that from the start.
//
// What is to be stored to leave, a word to be zeroed, enter returns: a p's section or
// key. So a goroutine that parks can leave when its context is saved, by one store (park.asm).
//
// Rejected: one flag for "there is one p and nobody else": a foreign thread ends that for good, and it does
// nothing for two ps. A futex: leaving would take a locked instruction.

#ifndef THRUM_SYNC_BIAS_H
#define THRUM_SYNC_BIAS_H

#include "core/sched/asym.h"
#include "core/sched/proc.h"

typedef struct biaslock {
	_Atomic uint32_t key;
	uint32_t streak;   // key: times that last has taken it in a row
	p *_Atomic owner;  // key, the owner's section: whose sections exclude all others
	p *last;           // key
} biaslock;

// What leaving a section zeroes.
typedef _Atomic uint32_t sectionword;

// biasinit makes l free.
void biasinit(biaslock *l);

// keylock takes the key for pp, the caller's p or NULL, and any bias away. Any stack.
sectionword *keylock(biaslock *l, p *pp);

// keytry is keylock for a signal handler: NULL when it would have to wait long, perhaps for what it has interrupted.
sectionword *keytry(biaslock *l);

// biased begins a section of l if that is biased to pp, the caller's p or NULL. A section does not
// park, but that parking may end it; it takes no lock whose holder could want to enter one. Any stack.
static inline bool
biased(const biaslock *l, p *pp)
{
	if (__builtin_expect(!pp, 0))
		return false;
	store(pp->section, 1);
	lightfence();
	if (__builtin_expect(loadacq(l->owner) == pp, 1))
		return true;
	storerel(pp->section, 0);
	return false;
}

// enter begins a section of l.
static inline sectionword *
enter(biaslock *l, p *pp)
{
	return biased(l, pp) ? &pp->section : keylock(l, pp);
}

static inline void
endsection(sectionword *w)
{
	storerel(*w, 0);
}

// parkreason says why gp, the caller, parks in the section: for parkin and parkchan (park.asm).
bool parkend(g *gp, void *arg);
static inline void
parkreason(g *gp, enum waitreason why, sectionword *w)
{
	gp->waitreason = (uint8_t)why;
	gp->commit = parkend;
	gp->commitarg = (void *)w;
}

// parksection makes gp, the caller, wait until goready(gp), and ends the section when it may come. A
// goroutine, or what stands for a thread (sudog.h).
void parksection(g *gp, enum waitreason why, sectionword *w);

#endif
