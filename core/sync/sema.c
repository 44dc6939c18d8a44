// SPDX-License-Identifier: MIT
//
// sema.c - the table of waiters by address, and semaphores (sema.h).

#include "core/sync/sema.h"

#include <errno.h>

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/diag/race.h"
#include "core/sched/proc.h"
#include "core/sync/sudog.h"
#include "thrum.h"

#define NBUCKET 251 // a prime, so that regular addresses spread

static semaroot table[NBUCKET] = {[0 ... NBUCKET - 1] = {.lock = MUTEX(RankSync)}};

semaroot *
rootfor(const void *addr)
{
	return &table[((uintptr_t)addr >> 3) % NBUCKET];
}

void
semafork(void)
{
	for (int i = 0; i < NBUCKET; i++) {
		lockinit(&table[i].lock);
		store(table[i].nwait, 0);
		table[i].treap = NULL;
	}
}

// ---- the treap -----------------------------------------------------------------

// slotof returns the link to the node of addr, or the place where such a node would hang as a leaf.
static sudog **
slotof(semaroot *root, const void *addr)
{
	sudog **slot = &root->treap;
	for (sudog *s; (s = *slot) && s->obj != addr;)
		slot = (uintptr_t)addr < (uintptr_t)s->obj ? &s->prev : &s->next;
	return slot;
}

// plant makes s a node. The subtree at its place is split by address into its two children.
static void
plant(semaroot *root, sudog *s)
{
	uintptr_t addr = (uintptr_t)s->obj;
	sudog **slot = &root->treap, **less = &s->prev, **more = &s->next, *at;
	while ((at = *slot) && at->ticket <= s->ticket)
		slot = addr < (uintptr_t)at->obj ? &at->prev : &at->next;
	*slot = s;
	while (at) {
		if ((uintptr_t)at->obj < addr) {
			*less = at;
			less = &at->next;
		} else {
			*more = at;
			more = &at->prev;
		}
		at = (uintptr_t)at->obj < addr ? at->next : at->prev;
	}
	*less = *more = NULL;
}

// uproot removes the node at slot. Its two children become one.
static void
uproot(sudog **slot)
{
	sudog *less = (*slot)->prev, *more = (*slot)->next;
	while (less && more) {
		if (less->ticket < more->ticket) {
			*slot = less;
			slot = &less->next;
			less = less->next;
		} else {
			*slot = more;
			slot = &more->prev;
			more = more->prev;
		}
	}
	*slot = less ? less : more;
}

// replace puts s in place of the node at slot.
static void
replace(sudog **slot, sudog *s)
{
	sudog *old = *slot;
	s->prev = old->prev;
	s->next = old->next;
	s->ticket = old->ticket;
	s->elem = old->elem;
	*slot = s;
}

void
semqueue(semaroot *root, const void *addr, sudog *s, bool first)
{
	sudog **slot = slotof(root, addr), *head = *slot;
	s->obj = (void *)(uintptr_t)addr;
	s->link = NULL;
	s->queued = true;
	if (!head) {
		s->ticket = (uint32_t)fastrand();
		s->elem = s;
		plant(root, s);
	} else if (first) {
		replace(slot, s);
		s->link = head;
		head->prev = s;
	} else {
		s->prev = head->elem;
		s->prev->link = s;
		head->elem = s;
	}
}

sudog *
semfirst(semaroot *root, const void *addr)
{
	return *slotof(root, addr);
}

sudog *
semdequeue(semaroot *root, const void *addr)
{
	sudog **slot = slotof(root, addr), *s = *slot;
	if (!s)
		return NULL;
	if (s->link)
		replace(slot, s->link);
	else
		uproot(slot);
	s->link = NULL;
	s->queued = false;
	return s;
}

void
semremove(semaroot *root, sudog *s)
{
	sudog *head = semfirst(root, s->obj);
	if (s == head) {
		semdequeue(root, s->obj);
		return;
	}
	s->prev->link = s->link;
	if (s->link)
		s->link->prev = s->prev;
	else
		head->elem = s->prev;
	s->queued = false;
}

sudog *
semdequeueall(semaroot *root, const void *addr)
{
	sudog **slot = slotof(root, addr), *s = *slot;
	if (s)
		uproot(slot);
	for (sudog *t = s; t; t = t->link)
		t->queued = false;
	return s;
}

void
semready(sudog *s)
{
	while (s) {
		sudog *next = s->link; // a readied s belongs to its waiter
		semwakeup(s, WakeGiven);
		goready(s->g);
		s = next;
	}
}

enum wakeup
semwait(g *gp, enum waitreason why, bool (*commit)(g *, void *), void *arg)
{
	gp->param = (void *)WakeNone;
	gp->waiting = &gp->sudog;
	waitpark(gp, why, commit, arg);
	waitover(gp);
	gp->waiting = NULL;
	return (enum wakeup)(uintptr_t)gp->param;
}

void
semexpire(timer *t, bool (*uncount)(void *))
{
	sudog *s = &timedg(t)->sudog;
	semaroot *root = rootfor(s->obj);
	lock(&root->lock);
	bool late = s->queued && uncount(s->obj);
	if (late)
		semremove(root, s);
	unlock(&root->lock);
	if (late) {
		semwakeup(s, WakeLate);
		goready(s->g);
	}
}

void
giveway(void)
{
	g *gp = thrum_self();
	if (gp && getp() && !locked(gp))
		thrum_yield();
}

// ---- semaphores ----------------------------------------------------------------

bool
cansemacquire(uint32_t *count)
{
	uint32_t v = __atomic_load_n(count, __ATOMIC_RELAXED);
	while (v > 0)
		if (__atomic_compare_exchange_n(count, &v, v - 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
	return false;
}

static bool
uncount(void *count)
{
	atomic_fetch_sub(&rootfor(count)->nwait, 1);
	return true;
}

static void
expire(timer *t, uint64_t now)
{
	(void)now;
	semexpire(t, uncount);
}

static bool
commit(g *gp, uint32_t *count, bool first)
{
	semaroot *root = rootfor(count);
	lock(&root->lock);
	atomic_fetch_add(&root->nwait, 1);
	bool got = cansemacquire(count);
	if (got) {
		atomic_fetch_sub(&root->nwait, 1);
		gp->param = (void *)WakeGiven;
	} else {
		semqueue(root, count, &gp->sudog, first);
		waitlimit(gp, expire);
	}
	unlock(&root->lock);
	return !got;
}

static bool
commitlast(g *gp, void *count)
{
	return commit(gp, count, false);
}

static bool
commitfirst(g *gp, void *count)
{
	return commit(gp, count, true);
}

// wait: a waiter that was woken and finds the unit taken waits on, before all others.
static bool
wait(g *gp, uint32_t *count, uint64_t until, enum waitreason why)
{
	gp->until = until;
	enum wakeup how = semwait(gp, why, commitlast, count);
	while (how == WakeTry && !cansemacquire(count))
		how = semwait(gp, why, commitfirst, count);
	gp->until = 0;
	return how != WakeLate;
}

static __attribute__((noinline)) bool
threadwait(uint32_t *count, uint64_t until, enum waitreason why)
{
	threadg t;
	return wait(threadbegin(&t), count, until, why);
}

bool
semacquire(uint32_t *count, uint64_t until, enum waitreason why)
{
	bool got = cansemacquire(count);
	if (!got) {
		g *gp = thrum_self();
		got = gp ? wait(gp, count, until, why) : threadwait(count, until, why);
	}
	if (got)
		raceacquire(count);
	return got;
}

// take takes out the longest waiter for count. Locks: holds the bucket's lock.
static sudog *
take(semaroot *root, uint32_t *count, enum wakeup how)
{
	sudog *s = semdequeue(root, count);
	if (s) {
		atomic_fetch_sub(&root->nwait, 1);
		semwakeup(s, how);
	}
	return s;
}

static uintptr_t
wake(uintptr_t count, uintptr_t n)
{
	semaroot *root = rootfor((void *)count);
	while (n-- > 0 && load(root->nwait) > 0) {
		lock(&root->lock);
		sudog *s = take(root, (uint32_t *)count, WakeTry);
		unlock(&root->lock);
		if (!s)
			break;
		goready(s->g);
	}
	return 0;
}

void
semrelease(uint32_t *count, uint32_t n)
{
	racerelease(count);
	uint32_t before = __atomic_fetch_add(count, n, __ATOMIC_SEQ_CST);
	if (before + n < before)
		fatal("thrum_sema_release: the count exceeds 2^32 - 1");
	if (load(rootfor(count)->nwait) > 0)
		systemstack(wake, (uintptr_t)count, n);
}

static uintptr_t
give(uintptr_t a, uintptr_t unused)
{
	uint32_t *count = (uint32_t *)a;
	semaroot *root = rootfor(count);
	(void)unused;
	lock(&root->lock);
	sudog *s = take(root, count, WakeGiven);
	unlock(&root->lock);
	if (s)
		goready(s->g);
	return s != NULL;
}

PARKS void
thrum_sema_acquire(thrum_sema *s)
{
	semacquire(&s->count, 0, WaitSema);
}

PARKS int
thrum_sema_acquire_until(thrum_sema *s, uint64_t when)
{
	return semacquire(&s->count, limitof(when), WaitSema) ? 0 : -ETIMEDOUT;
}

API bool
thrum_sema_tryacquire(thrum_sema *s)
{
	bool got = cansemacquire(&s->count);
	if (got)
		raceacquire(&s->count);
	return got;
}

API void
thrum_sema_release(thrum_sema *s)
{
	semrelease(&s->count, 1);
}

API void
thrum_sema_handoff(thrum_sema *s)
{
	racerelease(&s->count);
	if (systemstack(give, (uintptr_t)&s->count, 0))
		giveway();
	else
		semrelease(&s->count, 1);
}
