// SPDX-License-Identifier: MIT
//
// sema.h - waiting for an address: the table below all of sync, and semaphores.
//
// The object that a program locks is a word or two of its own memory, without a list of waiters.
// The word's address leads to the waiters, in a table of 251 buckets, each with a lock, on a cache
// line of its own. A bucket holds a treap: a search tree by address that is also a heap by random
// tickets, so it is flat whatever the addresses are. A node is the first waiter of an address. The
// others hang behind it, first in, first out. The nodes are the sudogs in the waiters' gs, so
// waiting takes no memory.
//
//	sudog.obj         the address
//	sudog.prev, next  in a first waiter: children in the treap; prev in another: the one before it
//	sudog.ticket      its key in the heap: the smallest is the root
//	sudog.link        the next waiter at the same address
//	sudog.elem        in a first waiter: the last one
//	sudog.queued      it waits
//
// A waiter queues itself in the commit of its park, under the bucket's lock, after a last look at
// the word. So no wake-up can be missed between the look and the queue. The waker takes it out
// under the same lock. A waker that sees from the word that there is no waiter needs no bucket.
//
// A wait may have a time limit, g.until. Its timer is started when the waiter is queued, and takes
// the waiter out as a waker does. So only one of the two finds it, and that one sets its result. A
// waiter that timed out received no unit, and no granted unit is lost.
//
// A semaphore is a word with a count. Its release has no bit to look at. It adds to the count and
// then reads nwait, without the lock. A waiter adds to nwait and then looks at the count, so one of
// the two sees the other (tests/model/sema.pml). Sources of the idea: Go's sema.go, Linux's futex.

#ifndef THRUM_SYNC_SEMA_H
#define THRUM_SYNC_SEMA_H

#include "core/sched/types.h"
#include "core/time/timer.h"

typedef struct semaroot {
	_Alignas(CACHELINE) mutex lock;
	_Atomic uint32_t nwait; // threads that wait for a count, or are about to
	sudog *treap;           // lock
} semaroot;

// ---- the table: with the bucket's lock, on the system stack ----

semaroot *rootfor(const void *addr);
// semqueue makes s wait for addr, as the last waiter or as the first.
void semqueue(semaroot *root, const void *addr, sudog *s, bool first);
// semfirst returns the longest waiter for addr, NULL if there is none. semdequeue also takes it
// out.
sudog *semfirst(semaroot *root, const void *addr);
sudog *semdequeue(semaroot *root, const void *addr);
// semdequeueall takes out all waiters for addr, chained by link.
sudog *semdequeueall(semaroot *root, const void *addr);
// semremove takes out s, which waits.
void semremove(semaroot *root, sudog *s);

// semready readies the chain that semdequeueall has returned. The bucket must not be locked.
void semready(sudog *s);

// Why a goroutine that waited for an address goes on. The thread that takes it out stores this in
// g.param.
enum wakeup {
	WakeNone, // it did not wait: its commit saw no need
	WakeTry,  // it should try again
	WakeGiven, // it has received the object or unit that it waits for
	WakeLate, // it has timed out
};

static inline void
semwakeup(sudog *s, enum wakeup how)
{
	s->g->param = (void *)(uintptr_t)how;
}

// semexpire is for the timer function of a time limit. Unless it was woken already, the waiter goes
// on with WakeLate. uncount, called under the bucket's lock, tells the waiter's object so. If
// uncount returns false, the waiter stays, because it is about to be woken.
void semexpire(timer *t, bool (*uncount)(void *addr));

// semwait parks gp, the caller, until it is woken. commit queues its sudog, and calls waitlimit if
// g.until may be set. Stack: the goroutine's, or a thread's own.
enum wakeup semwait(g *gp, enum waitreason why, bool (*commit)(g *, void *), void *arg);

// ---- semaphores: any stack ----

bool cansemacquire(uint32_t *count);
// semacquire takes a unit of *count. until is as in g. Parks: until there is a unit. Returns: false
// if it timed out.
bool semacquire(uint32_t *count, uint64_t until, enum waitreason why);
// semrelease adds n units and wakes as many waiters. When it returns, *count may be freed memory.
void semrelease(uint32_t *count, uint32_t n);

// giveway lets a goroutine that was just readied run first, if the caller is able to wait for its
// turn.
void giveway(void);

// semafork empties the table in the child of fork, because the waiters and the holders of locks are
// gone.
void semafork(void);

#endif
