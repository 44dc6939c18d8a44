// SPDX-License-Identifier: MIT
//
// thrum/sync.h - waiting for one another: wait groups, semaphores, mutexes, once, conditions, pools.
//
// thrum.h includes it. All of these may be used by goroutines, by foreign code that they
// have called, and by threads that run no goroutine, which sleep where a goroutine parks. Filled
// with zeros they are ready for use and need no end, unless stated otherwise. They may lie anywhere, also in a
// local, and must not be copied or moved once they are used: who waits is found by address.
//
// The calls with _until wait until thrum_now() is at least when; 0 does not wait, UINT64_MAX for ever. They return 0,
// or -ETIMEDOUT: then nothing was taken, and no wake-up was spent on the caller.
//
// Which write is seen by which read is the subject of thrum_mem(7). Atomics are C11's. The
// functions in line below are what costs nothing when nobody waits.

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

// thrum_wg_add adds delta to the count, from zero only while nobody waits; below zero is a fatal error.
void thrum_wg_add(thrum_wg *wg, int64_t delta);
void thrum_wg_done(thrum_wg *wg); // thrum_wg_add(wg, -1)
// thrum_wg_wait parks until the count is zero.
void thrum_wg_wait(thrum_wg *wg);
int thrum_wg_wait_until(thrum_wg *wg, uint64_t when) __attribute__((warn_unused_result));

// ---- semaphore -------------------------------------------------------------

// A thrum_sema holds units; {n} begins with n of them.
typedef struct thrum_sema {
	uint32_t count;
} thrum_sema;

// thrum_sema_acquire takes a unit; parks until there is one. Who waits longest is woken first, but one who
// comes meanwhile may be quicker.
void thrum_sema_acquire(thrum_sema *s);
int thrum_sema_acquire_until(thrum_sema *s, uint64_t when) __attribute__((warn_unused_result));
// thrum_sema_tryacquire takes a unit if there is one. Does not park.
bool thrum_sema_tryacquire(thrum_sema *s);
// thrum_sema_release adds a unit and wakes one who waits; more than UINT32_MAX is a fatal error. Does not park.
void thrum_sema_release(thrum_sema *s);
// thrum_sema_handoff gives a unit to the one who waits longest, whom nobody can outrun, and lets him run
// first; without waiters it is thrum_sema_release. Does not wait.
void thrum_sema_handoff(thrum_sema *s);

// ---- mutex -----------------------------------------------------------------

// A thrum_mutex is held by one at a time. Not recursive. It belongs to no goroutine: another one may
// unlock it. Who wants to wait for a time only takes a thrum_sema {1}. Source: Go's sync.Mutex.
typedef struct thrum_mutex {
	uint32_t state; // bits of core/sync/mutex.c; 0: free, 1: locked and nobody waits
} thrum_mutex;

// thrum_mutex_lock locks m; spins for a moment, then parks until it is free. One who has waited for
// more than a millisecond and loses again is the next.
static __inline void thrum_mutex_lock(thrum_mutex *m);
// thrum_mutex_trylock locks m if it is free. Does not park.
static __inline bool thrum_mutex_trylock(thrum_mutex *m);
// thrum_mutex_unlock unlocks m; a fatal error when it is not locked. Does not wait; lets the next one run first
// when it has waited too long.
static __inline void thrum_mutex_unlock(thrum_mutex *m);

// ---- readers and writers -----------------------------------------------------

// A thrum_rwmutex is held by any number of readers, or by one writer. Readers that come while a
// writer waits, wait behind it; so a reader must not lock it again. Source: Go's sync.RWMutex.
typedef struct thrum_rwmutex {
	thrum_mutex writers; // held by the writer
	int32_t readers;     // those who read; less 2^30 while a writer waits or writes
	int32_t leaving;     // readers that the writer still waits for
	uint32_t writersema, readersema;
} thrum_rwmutex;

// thrum_rwmutex_rlock, rwmutex_lock lock it for reading, for writing; park until that is possible. The try
// variants do not park. Unlocking what is not locked that way is a fatal error.
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

// thrum_once_do calls fn(arg) if nobody has before with the same o, and returns when that call is
// over: also when fn panics, or ends its goroutine. Others park until then. When fn does it with
// the same o it is a fatal error.
static __inline void thrum_once_do(thrum_once *o, void (*fn)(void *), void *arg);

// ---- condition -----------------------------------------------------------------

// A thrum_cond is where one waits for a change of what a mutex protects. Source: Go's sync.Cond.
typedef struct thrum_cond {
	uint32_t waiters;
} thrum_cond;

// thrum_cond_wait unlocks m, parks until it is woken, and locks m again. Nobody is woken without cause,
// but others may have changed the state before m is locked: so wait in a loop.
void thrum_cond_wait(thrum_cond *c, thrum_mutex *m);
int thrum_cond_wait_until(thrum_cond *c, thrum_mutex *m, uint64_t when); // m is locked in both cases
// thrum_cond_signal wakes the one who has waited longest, thrum_cond_broadcast all. With or without the
// mutex. Neither parks.
void thrum_cond_signal(thrum_cond *c);
void thrum_cond_broadcast(thrum_cond *c);

// ---- pool ------------------------------------------------------------------------

// A thrum_pool keeps objects that are used for a short time and are dear to make, some per P. Source: Go's
// sync.Pool. Set the first three fields, as {.make = f}, and end it by thrum_pool_free.
typedef struct thrum_pool {
	void *(*make)(void *arg);    // a new object, or NULL; NULL: none is made
	void (*drop)(void *object);  // frees one; NULL: they belong to the collector
	void *arg;                   // for make
	struct poolp *local;         // a stack of objects for each P
	uint32_t nlocal;
	struct thrum_pool *next;     // of all pools
} thrum_pool;

// thrum_pool_get returns an object of the pool, any one, or else what make returns.
static __inline void *thrum_pool_get(thrum_pool *pool);
// thrum_pool_put gives an object to the pool, which keeps some 30 per P and drops more. NULL: nothing.
static __inline void thrum_pool_put(thrum_pool *pool, void *object);
// thrum_pool_drain drops the objects that have not been used since it was last called.
static __inline void thrum_pool_drain(thrum_pool *pool);
// thrum_pool_free drops all; nobody uses the pool. It is as at first then.
static __inline void thrum_pool_free(thrum_pool *pool);

// ---- in line ---------------------------------------------------------------------

// Not for programs: what the functions below call when somebody waits.
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

// The bits of a mutex that they look at: it is locked; who unlocks it has something to do.
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
