// SPDX-License-Identifier: MIT
//
// bias.c - the slow ways of a biased lock (bias.h).

#include "core/sync/bias.h"

#include "core/base/os.h"
#include "core/sync/sudog.h"

#define TRIES 300
#define STREAK 1000 // locked instructions in a row that make up for an osbarrier

void
biasinit(biaslock *l)
{
	p *pp = getp();
	store(l->key, 0);
	l->streak = 0;
	l->last = pp;
	store(l->owner, sched.asymmetric && load(sched.nprocs) == 1 ? pp : NULL);
}

// revoke takes the bias away from its owner. Locks: the key is held.
static __attribute__((noinline)) void
revoke(biaslock *l, p *owner, p *pp)
{
	store(l->owner, NULL);
	l->streak = 0;
	if (owner == pp)
		return;
	heavyfence();
	waitzero(&owner->section);
}

sectionword *
keylock(biaslock *l, p *pp)
{
	for (unsigned n = 0; load(l->key) || atomic_exchange_explicit(&l->key, 1, memory_order_acquire); n++)
		spinwait(n);
	p *owner = load(l->owner);
	if (__builtin_expect(owner != NULL, 0)) {
		revoke(l, owner, pp);
	} else if (l->last != pp) {
		l->last = pp;
		l->streak = 0;
	} else if (++l->streak >= STREAK && pp && sched.asymmetric) {
		store(l->owner, pp); // from the next time on
		l->streak = 0;
	}
	return &l->key;
}

sectionword *
keytry(biaslock *l)
{
	unsigned n = 0;
	for (; load(l->key) || atomic_exchange_explicit(&l->key, 1, memory_order_acquire); n++)
		if (n == TRIES)
			return NULL;
		else
			spinwait(n);
	p *owner = load(l->owner);
	l->streak = 0;
	l->last = NULL;
	if (!owner)
		return &l->key;
	store(l->owner, NULL);
	heavyfence();
	for (n = 0; loadacq(owner->section); n++) {
		if (n == TRIES) {
			store(l->owner, owner);
			storerel(l->key, 0);
			return NULL;
		}
		spinwait(n);
	}
	return &l->key;
}

bool
parkend(g *gp, void *arg)
{
	(void)gp;
	endsection(arg);
	return true;
}

void
parksection(g *gp, enum waitreason why, sectionword *w)
{
	if (gp->thread) {
		waitpark(gp, why, parkend, (void *)w);
		return;
	}
	parkreason(gp, why, w);
	parkin(gp, w, thrum_m);
}
