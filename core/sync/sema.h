// SPDX-License-Identifier: MIT
//
// sema.h - where goroutines wait for an address: the table below all of sync, and semaphores.
//
// What a program locks is a word or two of its own memory and knows nothing of who waits. These are
// found by the word's address in a table of 251 buckets, each with a lock, on a cache line of its own. A bucket
// holds a treap: a search tree by address that is a heap by random tickets as well, and so is flat whatever
// the addresses are. A node is the first waiter of an address; the others hang behind it,
// first in, first out. The nodes are the sudogs in the waiters' gs: waiting takes no memory.
//
//	sudog.obj         the address
//	sudog.prev, next  of a first one: children in the treap; prev of another: who comes before it
//	sudog.ticket      its place in the heap: the smallest is the root
//	sudog.link        who comes after it at the same address
//	sudog.elem        of a first one: the last one
//	sudog.queued      it waits
//
// A waiter queues itself in the commit of its park, under the bucket's lock and after a last look at
// what it waits for, so nobody can be missed between the look and the queue. Who wakes takes
// it out under the same lock. A waker that sees from the word that nobody waits needs no bucket.
//
// A wait may have a time limit: g.until. Its timer is started with the queueing, and takes the waiter out as a waker
// does. So of the two one finds it, and its result is what that one says: who is out of time was
// given nothing, and what was given was taken.
//
// A semaphore is a word with a count. Its release has no bit to look at: it adds to the count and then
// reads nwait, without the lock; who waits adds to nwait and then looks at the count, so one of the two
// sees the other (tests/model/sema.pml). Source of the idea: Go's sema.go, Linux's futex.

#ifndef THRUM_SYNC_SEMA_H
#define THRUM_SYNC_SEMA_H

#include "core/sched/types.h"
#include "core/time/timer.h"

typedef struct semaroot {
	_Alignas(CACHELINE) mutex lock;
	_Atomic uint32_t nwait; // who waits for a count, or is about to
	sudog *treap;           // lock
} semaroot;

// ---- the table: with the bucket's lock, on the system stack ----

semaroot *rootfor(const void *addr);
// semqueue makes s wait for addr: the last one, or the first.
void semqueue(semaroot *root, const void *addr, sudog *s, bool first);
// semfirst is who waits longest for addr, NULL when nobody does. semdequeue takes it out.
sudog *semfirst(semaroot *root, const void *addr);
sudog *semdequeue(semaroot *root, const void *addr);
// semdequeueall takes out all who wait for addr, chained by link.
sudog *semdequeueall(semaroot *root, const void *addr);
// semremove takes out s, which waits.
void semremove(semaroot *root, sudog *s);

// semready readies what semdequeueall has returned. Without the lock.
void semready(sudog *s);

// Why a goroutine that waits for an address goes on: in g.param, by who has taken it out.
enum wakeup {
	WakeNone, // it did not wait: its commit has seen that there is no need to
	WakeTry,  // it may try again
	WakeGiven, // what it waits for is its own now
	WakeLate, // the time is over
};

static inline void
semwakeup(sudog *s, enum wakeup how)
{
	s->g->param = (void *)(uintptr_t)how;
}

// semexpire is for the function of a time limit's timer: unless it was woken already, the waiter goes on with WakeLate.
// uncount, under the bucket's lock, tells its object so; false: it stays, and is about to be woken.
void semexpire(timer *t, bool (*uncount)(void *addr));

// semwait parks gp, the caller, until it is woken; commit queues its sudog, and calls waitlimit if g.until may
// be set. Goroutine stack, or a thread's own.
enum wakeup semwait(g *gp, enum waitreason why, bool (*commit)(g *, void *), void *arg);

// ---- semaphores: any stack ----

bool cansemacquire(uint32_t *count);
// semacquire takes a unit of *count; parks until there is one. until as in g. False: the time is over.
bool semacquire(uint32_t *count, uint64_t until, enum waitreason why);
// semrelease adds n units and wakes as many waiters. *count may be gone when it returns.
void semrelease(uint32_t *count, uint32_t n);

// giveway lets a goroutine that was just readied run first, where the caller can wait for its turn.
void giveway(void);

// semafork empties the table, in the child of fork: who waited is gone, and who held a lock.
void semafork(void);

#endif
