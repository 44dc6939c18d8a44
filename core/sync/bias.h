// SPDX-License-Identifier: MIT
//
// bias.h - a lock that costs its usual user no locked instruction.
//
// A locked instruction costs 5 ns, more than the rest of a buffered send. Most channels are used by
// goroutines of one p for a long time, because partners that wake each other stay together. So a
// lock can be biased to a p. Its owner enters by
//
//	1. store section = 1, a word of the p
//	2. load the lock's owner; if that is another p or NULL, undo the store and take the slow way
//
// and leaves by storing 0. All others take key, a spin lock. If the lock has an owner, the holder
// of key clears it, makes every thread pass a barrier, and waits until the former owner's section
// is 0. After the barrier, either the former owner has seen that it is not the owner any more, or
// its section is seen here. That is the protocol of p.claim (types.h), checked in
// tests/model/bias.pml. Runtime code is not preempted, so a section ends within nanoseconds, unless
// the kernel takes the processor away.
//
// To take a bias away costs as much as a thousand locked instructions. So a lock is biased to a p
// that has taken it a thousand times in a row. However the lock is used afterwards, the total cost
// is at most twice that of a lock without bias. A lock that is made while there is one p is biased
// to that p from the start.
//
// enter returns the word to be zeroed on leaving: a p's section, or key. So a goroutine that parks
// can leave after its context is saved, by one store (park.asm).
//
// Rejected: one flag for "there is one p and no other thread": a foreign thread ends that for good,
// and two ps gain nothing. Rejected: a futex, because leaving would take a locked instruction.

#ifndef THRUM_SYNC_BIAS_H
#define THRUM_SYNC_BIAS_H

#include "core/sched/asym.h"
#include "core/sched/proc.h"

typedef struct biaslock {
	_Atomic uint32_t key;
	uint32_t streak;   // key: times in a row that last has taken it
	p *_Atomic owner;  // key, the owner's section: the p whose sections exclude all others
	p *last;           // key: the p that took it last
} biaslock;

// The word to be zeroed when a section ends.
typedef _Atomic uint32_t sectionword;

// biasinit makes l free.
void biasinit(biaslock *l);

// keylock takes the key for pp, the caller's p or NULL, and removes any bias. Stack: any.
sectionword *keylock(biaslock *l, p *pp);

// keytry is keylock for a signal handler. Returns: NULL if it would have to wait long, perhaps for
// the code that the signal has interrupted.
sectionword *keytry(biaslock *l);

// biased begins a section of l if l is biased to pp, the caller's p or NULL. A section must not
// park, unless the parking ends it. It must take no lock whose holder may want to enter a section.
// Stack: any.
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

// parkreason sets the reason why gp, the caller, parks in the section: for parkin and parkchan
// (park.asm).
bool parkend(g *gp, void *arg);
static inline void
parkreason(g *gp, enum waitreason why, sectionword *w)
{
	gp->waitreason = (uint8_t)why;
	gp->commit = parkend;
	gp->commitarg = (void *)w;
}

// parksection makes gp, the caller, wait until goready(gp), and ends the section when that may
// come. gp is a goroutine, or the g that stands for a thread (sudog.h).
void parksection(g *gp, enum waitreason why, sectionword *w);

#endif
