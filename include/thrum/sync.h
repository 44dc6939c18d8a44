// SPDX-License-Identifier: MIT
//
// thrum/sync.h - waiting for one another: wait groups, semaphores, mutexes, once, conditions,
// pools.
//
// thrum.h includes it. Stack: any, also foreign code that a goroutine has called. If a call parks,
// a thread that runs no goroutine sleeps instead.
//
// An object filled with zeros is ready for use and needs no end, unless its comment says otherwise.
// It may lie anywhere, also in a local. It must not be copied or moved once it is used, because
// waiters are found by its address.
//
// The calls with _until wait until thrum_now() is at least when; 0 does not wait, UINT64_MAX waits
// for ever. They return 0 or -ETIMEDOUT. A waiter that timed out has taken nothing, and no wake-up
// was spent on it.
//
// thrum_mem(7) says which write is seen by which read. Atomics are C11's. The functions in line
// below are the part that costs nothing while no one waits.

#ifndef THRUM_SYNC_H
#define THRUM_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "thrum/panic.h"

#ifdef __cplusplus
extern "C" {
#endif

// ---- wait group ------------------------------------------------------------

// A thrum_wg counts work that is not done. Source: Go's sync.WaitGroup.
typedef struct thrum_wg {
	int64_t state; // upper half: calls to thrum_wg_done to come; lower: waiters
} thrum_wg;

// thrum_wg_add adds delta to the count. It may raise the count from zero only while no one waits.
// It is a fatal error to bring the count below zero.
void thrum_wg_add(thrum_wg *wg, int64_t delta);
void thrum_wg_done(thrum_wg *wg); // thrum_wg_add(wg, -1)
// thrum_wg_wait waits until the count is zero.
//
// Parks: yes.
void thrum_wg_wait(thrum_wg *wg);
int thrum_wg_wait_until(thrum_wg *wg, uint64_t when) __attribute__((warn_unused_result));

// ---- semaphore -------------------------------------------------------------

// A thrum_sema holds units; {n} begins with n of them.
typedef struct thrum_sema {
	uint32_t count;
} thrum_sema;

// thrum_sema_acquire takes a unit and waits until there is one. The waiter that has waited longest
// is woken first, but a caller that comes meanwhile may take the unit.
//
// Parks: yes.
void thrum_sema_acquire(thrum_sema *s);
int thrum_sema_acquire_until(thrum_sema *s, uint64_t when) __attribute__((warn_unused_result));
// thrum_sema_tryacquire takes a unit if there is one, and returns whether it did.
bool thrum_sema_tryacquire(thrum_sema *s);
// thrum_sema_release adds a unit and wakes one waiter. It is a fatal error to exceed UINT32_MAX.
void thrum_sema_release(thrum_sema *s);
// thrum_sema_handoff gives a unit to the waiter that has waited longest, and lets it run first. No
// other caller can take that unit. Without waiters it is thrum_sema_release.
//
// Parks: no; the goroutine may take turns with others.
void thrum_sema_handoff(thrum_sema *s);

// ---- mutex -----------------------------------------------------------------

// A thrum_mutex is held by one holder at a time. It is not recursive. It belongs to no goroutine:
// another one may unlock it. For a wait with a time limit, use a thrum_sema {1} instead. Source:
// Go's sync.Mutex.
typedef struct thrum_mutex {
	uint32_t state; // bits of core/sync/mutex.c; 0: free, 1: locked and nobody waits
} thrum_mutex;

// thrum_mutex_lock locks m. It spins for a moment, then waits until m is free. A waiter that has
// waited for more than a millisecond and loses again is the next one.
//
// Parks: yes.
static __inline void thrum_mutex_lock(thrum_mutex *m);
// thrum_mutex_trylock locks m if it is free, and returns whether it did.
static __inline bool thrum_mutex_trylock(thrum_mutex *m);
// thrum_mutex_unlock unlocks m. It is a fatal error if m is not locked. If the next waiter has
// waited too long, that one runs first.
//
// Parks: no; the goroutine may take turns with others.
static __inline void thrum_mutex_unlock(thrum_mutex *m);

// ---- readers and writers -----------------------------------------------------

// A thrum_rwmutex is held by any number of readers, or by one writer. A reader that comes while a
// writer waits must wait behind it. So a reader must not lock it again. Source: Go's sync.RWMutex.
typedef struct thrum_rwmutex {
	thrum_mutex writers; // held by the writer
	int32_t readers;     // holders for reading; less 2^30 while a writer waits or writes
	int32_t leaving;     // readers that the writer still waits for
	uint32_t writersema, readersema;
} thrum_rwmutex;

// thrum_rwmutex_rlock locks for reading, thrum_rwmutex_lock for writing. The try variants lock only
// if they need not wait, and return whether they did. It is a fatal error to unlock a thrum_rwmutex
// that is not locked in that way.
//
// Parks: rlock and lock, yes; the others, no.
static __inline void thrum_rwmutex_rlock(thrum_rwmutex *rw);
bool thrum_rwmutex_tryrlock(thrum_rwmutex *rw);
static __inline void thrum_rwmutex_runlock(thrum_rwmutex *rw);
void thrum_rwmutex_lock(thrum_rwmutex *rw);
bool thrum_rwmutex_trylock(thrum_rwmutex *rw);
void thrum_rwmutex_unlock(thrum_rwmutex *rw);

// ---- once --------------------------------------------------------------------

// A thrum_once runs a function once. Source: Go's sync.Once.
typedef struct thrum_once {
	uint32_t done;
	thrum_mutex busy;      // held while the function runs
	struct thrum_once *up; // the one whose function has called
} thrum_once;

// thrum_once_do calls fn(arg), unless a call for the same o has run before. It returns when that
// call is over, also if fn panics or ends its goroutine. Other callers wait until then. It is a
// fatal error if fn calls thrum_once_do with the same o.
//
// Parks: yes.
static __inline void thrum_once_do(thrum_once *o, void (*fn)(void *), void *arg);

// ---- condition -----------------------------------------------------------------

// A thrum_cond is a place to wait for a change of the state that a mutex protects. Source: Go's
// sync.Cond.
typedef struct thrum_cond {
	uint32_t waiters;
} thrum_cond;

// thrum_cond_wait unlocks m, waits until it is woken, and locks m again. No waiter is woken without
// a cause. But others may have changed the state before m is locked, so wait in a loop. The variant
// with a limit locks m in both cases.
//
// Parks: yes.
void thrum_cond_wait(thrum_cond *c, thrum_mutex *m);
int thrum_cond_wait_until(thrum_cond *c, thrum_mutex *m, uint64_t when);
// thrum_cond_signal wakes the waiter that has waited longest, thrum_cond_broadcast wakes all. The
// caller may hold the mutex or not.
void thrum_cond_signal(thrum_cond *c);
void thrum_cond_broadcast(thrum_cond *c);

// ---- pool ------------------------------------------------------------------------

// A thrum_pool keeps objects that are used for a short time and are expensive to make, some per P.
// Set the first three fields, as in {.make = f}, and end it by thrum_pool_free. Source: Go's
// sync.Pool.
typedef struct thrum_pool {
	void *(*make)(void *arg);    // a new object, or NULL; NULL: none is made
	void (*drop)(void *object);  // frees one; NULL: they belong to the collector
	void *arg;                   // for make
	struct poolp *local;         // a stack of objects for each P
	uint32_t nlocal;
	struct thrum_pool *next;     // of all pools
} thrum_pool;

// thrum_pool_get returns some object of the pool, or the result of make if the pool is empty.
static __inline void *thrum_pool_get(thrum_pool *pool);
// thrum_pool_put gives an object to the pool. The pool keeps some 30 per P and drops more. NULL
// does nothing.
static __inline void thrum_pool_put(thrum_pool *pool, void *object);
// thrum_pool_drain drops the objects that were not used since it was last called.
static __inline void thrum_pool_drain(thrum_pool *pool);
// thrum_pool_free drops all objects. No one may use the pool meanwhile. Afterwards it is as at
// first.
static __inline void thrum_pool_free(thrum_pool *pool);

// ---- in line ---------------------------------------------------------------------

// Not for programs: the functions below call these when there are waiters.
void thrum_mutex_lockslow(thrum_mutex *m);
void thrum_mutex_unlockslow(thrum_mutex *m);
void thrum_rwmutex_rlockslow(thrum_rwmutex *rw);
void thrum_rwmutex_runlockslow(thrum_rwmutex *rw, int32_t before);
bool thrum_once_begin(thrum_once *o);
void thrum_once_end(void *once);
void *thrum_pool_take(thrum_pool *pool);
bool thrum_pool_keep(thrum_pool *pool, void *object);
void thrum_pool_age(thrum_pool *pool);
void *thrum_pool_expired(thrum_pool *pool);
void thrum_pool_end(thrum_pool *pool);

// The bits of a mutex that these functions look at: it is locked; its unlock has more to do.
#define THRUM_MUTEX_LOCKED 1u
#define THRUM_MUTEX_CALL 2u

static __inline bool
thrum_mutex_trylock(thrum_mutex *m)
{
	uint32_t v = __atomic_load_n(&m->state, __ATOMIC_RELAXED);
	return (v & THRUM_MUTEX_LOCKED) == 0 &&
		__atomic_compare_exchange_n(&m->state, &v, v | THRUM_MUTEX_LOCKED, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static __inline void
thrum_mutex_lock(thrum_mutex *m)
{
	if (!thrum_mutex_trylock(m))
		thrum_mutex_lockslow(m);
}

static __inline void
thrum_mutex_unlock(thrum_mutex *m)
{
	uint32_t v = __atomic_load_n(&m->state, __ATOMIC_RELAXED);
	if ((v & (THRUM_MUTEX_LOCKED | THRUM_MUTEX_CALL)) != THRUM_MUTEX_LOCKED ||
		!__atomic_compare_exchange_n(&m->state, &v, v & ~THRUM_MUTEX_LOCKED, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		thrum_mutex_unlockslow(m);
}

static __inline void
thrum_rwmutex_rlock(thrum_rwmutex *rw)
{
	if (__atomic_fetch_add(&rw->readers, 1, __ATOMIC_ACQUIRE) < 0)
		thrum_rwmutex_rlockslow(rw);
}

static __inline void
thrum_rwmutex_runlock(thrum_rwmutex *rw)
{
	int32_t before = __atomic_fetch_sub(&rw->readers, 1, __ATOMIC_RELEASE);
	if (before <= 0)
		thrum_rwmutex_runlockslow(rw, before);
}

static __attribute__((noinline, unused)) void
thrum_once_first(thrum_once *o, void (*fn)(void *), void *arg)
{
	thrum_defer d;
	if (!thrum_once_begin(o))
		return;
	thrum_defer_begin(&d, thrum_once_end, o);
	fn(arg);
	thrum_defer_pop(&d);
	thrum_once_end(o);
}

static __inline void
thrum_once_do(thrum_once *o, void (*fn)(void *), void *arg)
{
	if (__atomic_load_n(&o->done, __ATOMIC_ACQUIRE) == 0)
		thrum_once_first(o, fn, arg);
}

static __inline void *
thrum_pool_get(thrum_pool *pool)
{
	void *object = thrum_pool_take(pool);
	return object == NULL && pool->make != NULL ? pool->make(pool->arg) : object;
}

static __inline void
thrum_pool_put(thrum_pool *pool, void *object)
{
	if (object != NULL && !thrum_pool_keep(pool, object) && pool->drop != NULL)
		pool->drop(object);
}

static __inline void
thrum_pool_drain(thrum_pool *pool)
{
	void *object;
	thrum_pool_age(pool);
	while ((object = thrum_pool_expired(pool)) != NULL)
		if (pool->drop != NULL)
			pool->drop(object);
}

static __inline void
thrum_pool_free(thrum_pool *pool)
{
	void *object;
	while ((object = thrum_pool_take(pool)) != NULL)
		if (pool->drop != NULL)
			pool->drop(object);
	thrum_pool_end(pool);
}

#ifdef __cplusplus
}
#endif

#endif
