// SPDX-License-Identifier: MIT
//
// nursery.c - goroutines that end before the block that has started them. Go's errgroup with two
// additions: panics go to the owner, and the block cannot be left before the goroutines end.
//
// A goroutine of a nursery needs no memory but its g. g.param and g.onendarg hold the function to
// call and the nursery. onend is called however the goroutine ends. So an unrecovered panic ends
// the goroutine there, and comes up again in the goroutine that closes the nursery. By then the
// stack of the first one is gone: the pcs of the innermost frames of the first panic are kept, and
// the report shows them.
//
// A goroutine that ends gives its place to the first waiter for one. The goroutine that leaves none
// running wakes the closer. The closer may free the nursery then, so nobody touches it afterwards.
// A mutex of a table, found by address, protects the counts and lists.

#include <errno.h>
#include <string.h>

#include "arch/arch.h"
#include "core/base/print.h"
#include "core/diag/race.h"
#include "core/panic/panic.h"
#include "core/sched/proc.h"
#include "core/sched/ready.h"
#include "core/sync/ctx.h"
#include "core/sync/sudog.h"
#include "thrum/ctx.h"

#define OPEN 0x6e757273u
#define NOMEM 0x6e6d656du // open for its callers, but there was no memory
#define NLOCK 61

static struct {
	_Alignas(CACHELINE) mutex lock;
} table[NLOCK] = {[0 ... NLOCK - 1] = {MUTEX(RankSync)}};

static mutex *
lockof(const thrum_nursery *n)
{
	return &table[((uintptr_t)n >> 4) % NLOCK].lock;
}

void
nurseryfork(void)
{
	for (int i = 0; i < NLOCK; i++)
		lockinit(&table[i].lock);
}

// check tells whether n can be used. Returns: false if there was no memory for it.
static inline bool
check(const thrum_nursery *n)
{
	if (n->magic != OPEN && n->magic != NOMEM)
		fatal("use of a nursery that is not open: call thrum_nursery_open first");
	return n->magic == OPEN;
}

// ---- places --------------------------------------------------------------------

// enter takes a place. If there is none and gp is not NULL, gp goes into the list of waiters.
// Returns: whether a place was taken.
static bool
enter(thrum_nursery *n, g *gp)
{
	bool place = n->limit == 0 || n->running < n->limit;
	if (place) {
		n->running++;
	} else if (gp) {
		gp->schedlink = NULL;
		if (n->last)
			n->last->schedlink = gp;
		else
			n->waiters = gp;
		n->last = gp;
	}
	return place;
}

static uintptr_t
tryenter(uintptr_t a, uintptr_t b)
{
	thrum_nursery *n = (thrum_nursery *)a;
	mutex *l = lockof(n);
	(void)b;
	lock(l);
	bool place = enter(n, NULL);
	unlock(l);
	return place;
}

// entercommit is for gopark: the place comes with the wake-up.
static bool
entercommit(g *gp, void *a)
{
	thrum_nursery *n = a;
	mutex *l = lockof(n);
	lock(l);
	bool place = enter(n, gp);
	unlock(l);
	return !place;
}

static uintptr_t
leave_(uintptr_t a, uintptr_t b)
{
	thrum_nursery *n = (thrum_nursery *)a;
	mutex *l = lockof(n);
	(void)b;
	lock(l);
	g *gp = n->waiters;
	if (gp) {
		if (!(n->waiters = gp->schedlink))
			n->last = NULL;
	} else if (--n->running == 0) {
		gp = n->closer;
		n->closer = NULL;
	}
	unlock(l);
	if (gp)
		goready(gp);
	return 0;
}

static bool
closecommit(g *gp, void *a)
{
	thrum_nursery *n = a;
	mutex *l = lockof(n);
	lock(l);
	bool wait = n->running > 0;
	if (wait)
		n->closer = gp;
	unlock(l);
	return wait;
}

static __attribute__((noinline)) void
threadwait(thrum_nursery *n, bool (*commit)(g *, void *))
{
	threadg t;
	waitpark(threadbegin(&t), WaitNursery, commit, n);
}

static void
wait(thrum_nursery *n, bool (*commit)(g *, void *))
{
	if (thrum_self())
		gopark(WaitNursery, commit, n);
	else
		threadwait(n, commit);
}

// ---- a goroutine of a nursery ----------------------------------------------------

static void
failed(thrum_nursery *n, int err)
{
	int none = 0;
	if (__atomic_compare_exchange_n(&n->err, &none, err, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		thrum_ctx_cancel_cause(n->ctx, err);
}

static void
onend(g *gp, const panicking *p)
{
	thrum_nursery *n = gp->onendarg;
	gp->onend = NULL;
	if (p) {
		if (!__atomic_exchange_n(&n->panicked, true, __ATOMIC_ACQ_REL)) {
			__builtin_memcpy(&n->panic, &p->info, sizeof p->info);
			panicorigin(p, &n->origin);
		}
		failed(n, -ECANCELED);
	}
	racerelease(n);
	systemstack(leave_, (uintptr_t)n, 0);
}

// child is the function of the goroutine. Its stack is of the kind that fn needs.
static void
child(void *arg)
{
	g *gp = getg();
	thrum_nursery *n = gp->onendarg;
	int (*fn)(thrum_ctx *, void *) = (int (*)(thrum_ctx *, void *))gp->param;
	int err = fn(n->ctx, arg);
	if (err)
		failed(n, err);
	onend(gp, NULL);
}

static int
start(thrum_nursery *n, int (*fn)(thrum_ctx *, void *), void *arg, uintptr_t pc)
{
	if (n->limit != 0)
		raceacquire(n); // after the goroutine that has left the place
	int rc = schedinit();
	g *gp = rc == 0 ? spawn(child, arg, (uintptr_t)fn, pc) : NULL;
	if (!gp) {
		systemstack(leave_, (uintptr_t)n, 0);
		return rc ? rc : -ENOMEM;
	}
	gp->param = (void *)fn;
	gp->onendarg = n;
	gp->onend = onend;
	ready(getp(), gp, ReadyNew);
	return 0;
}

// ---- the API -------------------------------------------------------------------

API int
thrum_nursery_open(thrum_nursery *n, thrum_ctx *parent, uint32_t limit)
{
	n->magic = OPEN;
	n->limit = limit;
	n->running = 0;
	n->err = 0;
	n->waiters = n->last = n->closer = NULL;
	n->panicked = false;
	n->ctx = thrum_ctx_with_cancel(parent ? parent : thrum_ctx_background());
	if (!n->ctx)
		n->magic = NOMEM;
	return n->ctx ? 0 : -ENOMEM;
}

PARKS int
thrum_nursery_go(thrum_nursery *n, int (*fn)(thrum_ctx *, void *), void *arg)
{
	if (!check(n))
		return -ENOMEM;
	if (!systemstack(tryenter, (uintptr_t)n, 0))
		wait(n, entercommit);
	return start(n, fn, arg, (uintptr_t)__builtin_return_address(0));
}

API int
thrum_nursery_trygo(thrum_nursery *n, int (*fn)(thrum_ctx *, void *), void *arg)
{
	if (!check(n))
		return -ENOMEM;
	if (!systemstack(tryenter, (uintptr_t)n, 0))
		return -EAGAIN;
	return start(n, fn, arg, (uintptr_t)__builtin_return_address(0));
}

API thrum_ctx *
thrum_nursery_ctx(thrum_nursery *n)
{
	check(n);
	return n->ctx;
}

PARKS void
thrum_nursery_cancel(thrum_nursery *n)
{
	if (check(n))
		thrum_ctx_cancel(n->ctx);
}

PARKS int
thrum_nursery_join(thrum_nursery *n)
{
	if (!check(n)) {
		n->magic = 0;
		return -ENOMEM;
	}
	wait(n, closecommit);
	raceacquire(n);
	n->magic = 0;
	thrum_ctx_release(n->ctx);
	n->ctx = NULL;
	return n->err;
}

API _Noreturn void
thrum_nursery_panic(const thrum_nursery *n)
{
	panicking p = {.origin = &n->origin};
	__builtin_memcpy(&p.info, &n->panic, sizeof p.info);
	gopanic(&p);
}
