// SPDX-License-Identifier: MIT
//
// pool.c - thrum_pool: objects that are used for a short time, and kept for the next user. Go's
// sync.Pool.
//
// Each p has one object that its owner puts by a store and takes by an exchange. Behind it is a
// small stack under a lock. Other threads use that stack only when they have nothing left
// themselves: they look at the other ps' stacks before a new object is made. Callers without a p,
// such as a thread or foreign code, use the stack of the first p.
//
// A stack is last in, first out. The objects that it holds at a drain and that stay until the next
// drain are its lowest ones, so a low-water mark tells which they are. Those are dropped. So an
// unused object lives for two drains at most, as with Go's victim caches, and no second stack is
// needed.
//
// The runtime never calls make or drop. The caller's own code calls them (thrum/sync.h), because
// they may be foreign functions, for which a goroutine's stack is too small. The array of all ps'
// parts is reserved at once, and costs memory only where it is used. It goes back to the kernel
// with its pool, so it is no object of a fixalloc.

#include "core/sync/pool.h"

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/diag/race.h"
#include "core/sched/proc.h"
#include "thrum.h"

static struct {
	mutex lock;
	thrum_pool *first; // lock
} pools = {.lock = MUTEX(RankPools)};

// begin gives a pool its parts, if there is memory.
static uintptr_t
begin(uintptr_t a, uintptr_t unused)
{
	thrum_pool *pool = (thrum_pool *)a;
	(void)unused;
	lock(&pools.lock);
	poolp *parts = pool->local ? NULL : osmap(MAXPROCS * sizeof(poolp), PAGE, UseSync);
	if (parts) {
		for (int i = 0; i < MAXPROCS; i++)
			parts[i].lock = (mutex)MUTEX(RankSync);
		pool->next = pools.first;
		pools.first = pool;
		__atomic_store_n(&pool->local, parts, __ATOMIC_RELEASE);
	}
	unlock(&pools.lock);
	return 0;
}

static poolp *
partsof(const thrum_pool *pool)
{
	return __atomic_load_n(&pool->local, __ATOMIC_ACQUIRE);
}

static uint32_t
used(const thrum_pool *pool)
{
	return __atomic_load_n(&pool->nlocal, __ATOMIC_ACQUIRE);
}

// uses records that part i is in use.
static void
uses(thrum_pool *pool, uint32_t i)
{
	uint32_t n = used(pool);
	while (n <= i && !__atomic_compare_exchange_n(&pool->nlocal, &n, i + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		;
}

// pop takes the newest object from the stack of part. Stack: any.
static void *
pop(poolp *part)
{
	void *object = NULL;
	if (__atomic_load_n(&part->n, __ATOMIC_RELAXED) == 0)
		return NULL;
	lock(&part->lock);
	if (part->n > 0) {
		object = part->object[--part->n];
		if (part->unused > part->n)
			part->unused = part->n;
		if (part->expired > part->n)
			part->expired = part->n;
	}
	unlock(&part->lock);
	return object;
}

static bool
push(poolp *part, void *object)
{
	lock(&part->lock);
	bool room = part->n < POOLKEEP;
	if (room)
		part->object[part->n++] = object;
	unlock(&part->lock);
	return room;
}

// takeown takes the object that the owner has put beside the stack.
static void *
takeown(poolp *part)
{
	return load(part->own) ? atomic_exchange_explicit(&part->own, NULL, memory_order_acq_rel) : NULL;
}

// anyof looks into all parts, part i last.
static __attribute__((noinline)) void *
anyof(const thrum_pool *pool, uint32_t i)
{
	poolp *parts = partsof(pool);
	uint32_t n = used(pool);
	void *object = NULL;
	for (uint32_t k = 1; k <= n && !object; k++) {
		poolp *part = &parts[(i + k) % n];
		if (!(object = pop(part)))
			object = takeown(part);
	}
	return object;
}

API void *
thrum_pool_take(thrum_pool *pool)
{
	poolp *parts = partsof(pool);
	if (!parts)
		return NULL;
	p *pp = getp();
	uint32_t i = pp ? pp->id : 0;
	void *object = pp ? takeown(&parts[i]) : NULL;
	if (!object && !(object = pop(&parts[i])))
		object = anyof(pool, i);
	if (object)
		raceacquire(object);
	return object;
}

API bool
thrum_pool_keep(thrum_pool *pool, void *object)
{
	racerelease(object);
	poolp *parts = partsof(pool);
	if (!parts) {
		systemstack(begin, (uintptr_t)pool, 0);
		if (!(parts = partsof(pool)))
			return false;
	}
	p *pp = getp();
	poolp *part = &parts[pp ? pp->id : 0];
	uses(pool, pp ? pp->id : 0);
	if (pp && !load(part->own)) {
		storerel(part->own, object);
		return true;
	}
	return push(part, object);
}

// ---- draining --------------------------------------------------------------------

// age marks as expired the objects that were not used since the last drain.
static void
age(thrum_pool *pool)
{
	poolp *parts = partsof(pool);
	for (uint32_t i = 0, n = parts ? used(pool) : 0; i < n; i++) {
		poolp *part = &parts[i];
		lock(&part->lock);
		part->expired = part->unused;
		void *own = part->n <= POOLKEEP ? takeown(part) : NULL;
		if (own)
			part->object[part->n++] = own;
		part->unused = part->n;
		unlock(&part->lock);
	}
}

// expired takes out an expired object.
static void *
expired(thrum_pool *pool)
{
	poolp *parts = partsof(pool);
	void *object = NULL;
	for (uint32_t i = 0, n = parts ? used(pool) : 0; i < n && !object; i++) {
		poolp *part = &parts[i];
		lock(&part->lock);
		if (part->expired > 0) {
			object = part->object[0];
			part->expired--;
			part->unused--;
			part->n--;
			for (uint32_t k = 0; k < part->n; k++)
				part->object[k] = part->object[k + 1];
		}
		unlock(&part->lock);
	}
	return object;
}

API void
thrum_pool_age(thrum_pool *pool)
{
	age(pool);
}

API void *
thrum_pool_expired(thrum_pool *pool)
{
	void *object = expired(pool);
	if (object)
		raceacquire(object);
	return object;
}

void
poolsdrain(void)
{
	lock(&pools.lock);
	for (thrum_pool *pool = pools.first; pool; pool = pool->next)
		if (!pool->drop) {
			age(pool);
			while (expired(pool))
				;
		}
	unlock(&pools.lock);
}

static uintptr_t
end(uintptr_t a, uintptr_t unused)
{
	thrum_pool *pool = (thrum_pool *)a;
	(void)unused;
	lock(&pools.lock);
	thrum_pool **at = &pools.first;
	while (*at && *at != pool)
		at = &(*at)->next;
	if (*at)
		*at = pool->next;
	unlock(&pools.lock);
	if (pool->local)
		osunmap(pool->local, MAXPROCS * sizeof(poolp), UseSync);
	pool->local = NULL;
	pool->nlocal = 0;
	return 0;
}

API void
thrum_pool_end(thrum_pool *pool)
{
	systemstack(end, (uintptr_t)pool, 0);
}

void
poolfork(void)
{
	lockinit(&pools.lock);
	for (thrum_pool *pool = pools.first; pool; pool = pool->next)
		for (uint32_t i = 0; i < used(pool); i++)
			lockinit(&partsof(pool)[i].lock);
}
