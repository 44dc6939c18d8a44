// SPDX-License-Identifier: MIT
//
// mutex.c - thrum_mutex: mutual exclusion. Go's sync.Mutex, on the table of sema.h.
//
// The word has five bits:
//
//	Locked    the mutex has an owner
//	Parked    a waiter is in the queue, or on its way there
//	Woken     a waiter that does not sleep wants it: no need to wake another
//	Starving  the first in the queue has waited too long: the unlocker passes the mutex to it
//	Call      an unlocker has work: Parked and not Woken, or Starving
//
// Lock and unlock each change one bit, and are one instruction in the header as long as there is no
// waiter to wake. Normally an unlocker that sees Call frees the word, takes the first waiter out of
// the queue and lets it try. A goroutine that runs already is mostly quicker. That is good for all,
// because the mutex does not stay free while a waiter wakes up. A woken waiter that loses goes to
// the head of the queue. If it has then waited for more than a millisecond, it sets Starving. The
// next unlock leaves Locked set, so that no other thread can come between, and the first in the
// queue wakes up as the owner. That goes on as long as the next waiter has waited as long.
//
// Before it parks, a goroutine spins for some 2 us at most, because the holder may be about to
// unlock. It spins only while other ps run and its own p has nothing to do. A spinner sets Woken.
//
// A goroutine that is about to park sets Parked. Then it looks once more, under the lock of the
// queue's bucket, whether Locked and Parked are still set. Starving is set there too. If Woken is
// the reason that an unlocker wakes no waiter, Parked is left to the goroutine that has set Woken.
// That one gets the mutex and unlocks it, or parks and clears Woken. An unlocker changes the word
// only while it has the mutex: as soon as the mutex is free, another thread may lock it, unlock it
// and free its memory. tests/model/mutex.pml checks all of this.
//
// Rejected: a count of waiters in the word and a semaphore beside it, as in Go. The queue knows the
// waiters, and an unlocker could not pass the mutex on without a moment in which it is free.
// Rejected: unlocking by a plain store, which needs no locked instruction. A goroutine that parks
// would have to make all threads pass a barrier, 5 us each time.

#include "core/sync/mutex.h"

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/diag/race.h"
#include "core/sched/proc.h"
#include "core/sched/runq.h"
#include "core/sync/sema.h"
#include "core/sync/sudog.h"
#include "thrum.h"

enum {
	Locked = THRUM_MUTEX_LOCKED,
	Call = THRUM_MUTEX_CALL,
	Parked = 4,
	Woken = 8,
	Starving = 16,
};

#define STARVE 1000000 // ns
#define SPINS 4
#define PAUSES 30

// cas changes the word and sets Call to match the other bits.
static bool
cas(thrum_mutex *m, uint32_t from, uint32_t to)
{
	bool call = to & Starving || (to & (Parked | Woken)) == Parked;
	to = call ? to | Call : to & ~(uint32_t)Call;
	return __atomic_compare_exchange_n(&m->state, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static uint32_t
look(const thrum_mutex *m)
{
	return __atomic_load_n(&m->state, __ATOMIC_RELAXED);
}

bool
mutexislocked(const thrum_mutex *m)
{
	return look(m) & Locked;
}

static bool
late(const sudog *s)
{
	return ticksns(cputicks() - s->since) > STARVE;
}

// ---- lock ----------------------------------------------------------------------

static bool
commit(g *gp, thrum_mutex *m, bool first)
{
	semaroot *root = rootfor(m);
	uint32_t v, starving = first && late(&gp->sudog) ? Starving : 0;
	bool wait;
	lock(&root->lock);
	do {
		v = look(m);
		wait = (v & (Locked | Parked)) == (Locked | Parked);
	} while (wait && (v & starving) != starving && !cas(m, v, v | starving));
	if (wait)
		semqueue(root, m, &gp->sudog, first);
	unlock(&root->lock);
	return wait;
}

static bool
commitlast(g *gp, void *m)
{
	return commit(gp, m, false);
}

static bool
commitfirst(g *gp, void *m)
{
	return commit(gp, m, true);
}

// canspin: another p runs, perhaps the holder, and no goroutine waits for this p.
static bool
canspin(uint32_t spins)
{
	p *pp = getp();
	uint32_t n = load(sched.nprocs);
	return spins < SPINS && n > 1 && load(sched.npidle) + load(sched.nmspinning) + 1 < n && (!pp || runqempty(pp));
}

static void
acquire(g *gp, thrum_mutex *m, enum waitreason why)
{
	sudog *s = &gp->sudog;
	bool woken = false; // Woken was set by this call
	bool waited = false;
	for (uint32_t spins = 0;;) {
		uint32_t v = look(m), rest = woken ? v & ~(uint32_t)Woken : v;
		if (!(v & Locked)) {
			if (cas(m, v, rest | Locked))
				return;
		} else if (!(v & Starving) && canspin(spins)) {
			if ((v & (Parked | Woken)) == Parked && cas(m, v, v | Woken))
				woken = true;
			for (int i = 0; i < PAUSES; i++)
				procyield();
			spins++;
		} else if (cas(m, v, rest | Parked)) {
			if (!waited)
				s->since = cputicks();
			enum wakeup how = semwait(gp, why, waited ? commitfirst : commitlast, m);
			if (how == WakeGiven)
				return;
			woken = how == WakeTry;
			waited = waited || woken;
			spins = 0;
		}
	}
}

static __attribute__((noinline)) void
threadacquire(thrum_mutex *m, enum waitreason why)
{
	threadg t;
	acquire(threadbegin(&t), m, why);
}

void
mutexlock(thrum_mutex *m, enum waitreason why)
{
	uint32_t v = look(m);
	if (v & Locked || !cas(m, v, v | Locked)) {
		g *gp = thrum_self();
		if (gp)
			acquire(gp, m, why);
		else
			threadacquire(m, why);
	}
	raceacquire(m);
}

PARKS void
thrum_mutex_lockslow(thrum_mutex *m)
{
	mutexlock(m, WaitMutex);
}

// ---- unlock --------------------------------------------------------------------

// pass takes the first waiter out of the queue, and passes it the mutex or lets it try.
static uintptr_t
pass(uintptr_t a, uintptr_t unused)
{
	thrum_mutex *m = (thrum_mutex *)a;
	semaroot *root = rootfor(m);
	uint32_t v, to;
	(void)unused;
	lock(&root->lock);
	sudog *s = semdequeue(root, m), *next = semfirst(root, m);
	do {
		v = look(m);
		to = (v & Woken) | (next ? Parked : 0);
		if (s && v & Starving)
			to |= Locked | (next && late(next) ? Starving : 0);
		else if (s)
			to |= Woken;
	} while (!cas(m, v, to));
	unlock(&root->lock);
	if (s) {
		semwakeup(s, to & Locked ? WakeGiven : WakeTry);
		goready(s->g);
	}
	return (to & Locked) != 0;
}

bool
mutexunlock(thrum_mutex *m)
{
	for (;;) {
		uint32_t v = look(m);
		if (!(v & Locked))
			fatal("unlock of unlocked mutex");
		if (v & Call)
			return systemstack(pass, (uintptr_t)m, 0);
		if (cas(m, v, v & ~(uint32_t)Locked))
			return false;
	}
}

API void
thrum_mutex_unlockslow(thrum_mutex *m)
{
	racerelease(m);
	if (mutexunlock(m))
		giveway();
}
