// SPDX-License-Identifier: MIT
//
// ctx.c - contexts. Go's package context, with references instead of a collector.
//
// A context is a node that knows its parent. A context that can be cancelled (canceller) is also in
// its parent's list of children. Contexts of other kinds only point to the nearest canceller above,
// which answers for them. One lock of a table protects all of a tree, from the first canceller
// below the background on. So cancelling walks the tree under it once.
//
// Cancelling has two steps. Under the lock, all contexts below are marked, taken out of their lists
// and put into one list, with a hold on each. After that, the errors are set and the channels
// closed, parents first. A context counts as cancelled from the moment its channel is closed. A
// caller that finds the error before that looks at the channel, and sees no error while that is
// open.
//
// Some contexts below may be in the hands of other cancellers. The canceller above waits for those.
// If the context itself is being cancelled already, a second canceller waits until all contexts
// below it are cancelled. It parks: it puts itself into a list without a lock, which the first
// canceller takes as a whole and closes.
//
// There are two counts. users counts the references that programs and contexts below hold; when it
// is 0 the context ends. holds counts those that still touch its memory: all users together, its
// timer, and a thread that is about to cancel it. Memory comes from a fixalloc, is never unmapped,
// and is used again as late as possible. Each context in use has a magic number. So use after
// release is found.
//
// A deadline is a thrum_timer. It cancels in a goroutine of its own, because closing channels may
// wait.

#include "core/sync/ctx.h"

#include <errno.h>

#include "arch/arch.h"
#include "core/base/print.h"
#include "core/diag/race.h"
#include "core/sched/proc.h"
#include "core/sync/sema.h"
#include "core/sync/sudog.h"
#include "core/time/timer.h"
#include "thrum/ctx.h"

#define LIVE 0x63747821u
#define NLOCK 61

typedef thrum_ctx ctx;

struct thrum_ctx {
	uint32_t magic; // LIVE
	_Atomic uint32_t users, holds;
	bool canceller;
	bool timed;      // its timer was started
	ctx *parent;     // has one of the parent's users
	ctx *by;         // the nearest canceller, perhaps this one; NULL: none
	mutex *lock;     // of its tree
	uint64_t deadline; // ns; NEVER
	const void *key;   // the key that it answers, if it is no canceller
	void *value;

	// lock:
	ctx *child, *next, **prev; // the list of by's children
	bool cancelled;
	int why, cause; // why: the future err; cause: as given by the canceller
	ctx *doomed; // the list of those that are being cancelled

	_Atomic int err;            // set before the channel is closed
	_Atomic bool shown;         // ... and the channel is closed
	sudog *_Atomic waiters;     // until all below are cancelled too, by next; OVER: they are
	thrum_chan *_Atomic done;   // made when a caller asks for it
	thrum_timer timer;
};

static struct {
	_Alignas(CACHELINE) mutex lock;
} table[NLOCK] = {[0 ... NLOCK - 1] = {MUTEX(RankSync)}};

static mutex poollock = MUTEX(RankSync);
static const fixkind ctxkind = {.name = "ctxs", .use = UseSync, .slab = 64u << 10, .link = offsetof(ctx, next), .late = true};
fixalloc fixctxs = FIXALLOC(&ctxkind, sizeof(ctx)); // poollock

static ctx background = {.magic = LIVE, .users = 1, .holds = 1, .deadline = NEVER};
static thrum_chan *_Atomic closedchan; // for all that were cancelled before a caller asked for the
                                       // channel
#define CLOSED ((thrum_chan *)1)          // stands for closedchan
#define OVER ((sudog *)1)

void
ctxlock(void)
{
	lock(&poollock);
}

void
ctxunlock(void)
{
	unlock(&poollock);
}

void
ctxfork(void)
{
	lockinit(&poollock);
	for (int i = 0; i < NLOCK; i++)
		lockinit(&table[i].lock);
}

static inline ctx *
check(const ctx *c)
{
	if (!c || c->magic != LIVE)
		fatal(c ? "use of a context after its release: keep a reference with thrum_ctx_retain" : "use of a context that is NULL: check what made it");
	return (ctx *)c;
}

// ---- memory --------------------------------------------------------------------

static uintptr_t
poolget(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	lock(&poollock);
	ctx *c = fixget(&fixctxs);
	unlock(&poollock);
	return (uintptr_t)c;
}

static uintptr_t
poolput(uintptr_t a, uintptr_t b)
{
	ctx *c = (ctx *)a;
	(void)b;
	lock(&poollock);
	fixput(&fixctxs, c);
	unlock(&poollock);
	return 0;
}

static bool
hold(_Atomic uint32_t *n)
{
	uint32_t v = load(*n);
	do
		if (v == 0)
			return false;
	while (!atomic_compare_exchange_weak(n, &v, v + 1));
	return true;
}

// unhold gives up a hold. Afterwards c's memory may be gone. Returns: the parent, if it must lose a
// user.
static ctx *
unhold(ctx *c)
{
	if (atomic_fetch_sub(&c->holds, 1) != 1)
		return NULL;
	ctx *parent = c->parent;
	thrum_chan *done = load(c->done);
	if (done && done != CLOSED)
		thrum_chan_free(done);
	systemstack(poolput, (uintptr_t)c, 0);
	return parent;
}

// ---- the tree ------------------------------------------------------------------

// join puts c into the list of the canceller above it, or marks c if that is cancelled already.
static uintptr_t
join(uintptr_t a, uintptr_t b)
{
	ctx *c = (ctx *)a, *above = (ctx *)b;
	lock(c->lock);
	if (above->cancelled) {
		c->cancelled = true;
		c->cause = above->cause;
		c->why = above->why;
		store(c->done, CLOSED);
		store(c->err, c->why);
		store(c->shown, true);
		store(c->waiters, OVER);
	} else {
		if ((c->next = above->child))
			c->next->prev = &c->next;
		c->prev = &above->child;
		above->child = c;
	}
	unlock(c->lock);
	return 0;
}

// part takes c out of the list. Locks: the tree's lock is held.
static void
part(ctx *c)
{
	if (!c->prev)
		return;
	if ((*c->prev = c->next))
		c->next->prev = c->prev;
	c->prev = NULL;
}

static uintptr_t
partlocked(uintptr_t a, uintptr_t b)
{
	ctx *c = (ctx *)a;
	(void)b;
	lock(c->lock);
	part(c);
	c->cancelled = true; // no more children
	unlock(c->lock);
	return 0;
}

static ctx *
make(ctx *parent, bool canceller)
{
	check(parent);
	ctx *c = (ctx *)systemstack(poolget, 0, 0);
	if (!c)
		return NULL;
	if (parent != &background)
		atomic_fetch_add(&parent->users, 1);
	*c = (ctx){.parent = parent, .canceller = canceller, .deadline = parent->deadline};
	store(c->users, 1);
	store(c->holds, 1);
	c->by = parent->by;
	c->lock = parent->lock;
	c->magic = LIVE;
	if (canceller) {
		c->by = c;
		if (parent->by) {
			systemstack(join, (uintptr_t)c, (uintptr_t)parent->by);
		} else {
			c->lock = &table[((uintptr_t)c >> 6) % NLOCK].lock;
		}
	}
	return c;
}

struct sentence {
	int err, cause;
	ctx *first;
	ctx *others; // by next: below, and being cancelled by others
};

// condemn marks c and all contexts below it, and lists them, parents first. c stays in its list
// until all is over, so that a canceller above finds it.
static uintptr_t
condemn(uintptr_t a, uintptr_t b)
{
	ctx *c = (ctx *)a;
	struct sentence *s = (struct sentence *)b;
	ctx **last = &s->first;
	lock(c->lock);
	if (!c->cancelled && hold(&c->holds)) {
		*last = c;
		last = &c->doomed;
		c->doomed = NULL;
		for (ctx *at = c; at; at = at->doomed) {
			at->cancelled = true;
			at->why = s->err;
			at->cause = s->cause;
			for (ctx *k; (k = at->child);) {
				part(k);
				if (!hold(&k->holds))
					continue;
				if (k->cancelled) {
					k->next = s->others;
					s->others = k;
					continue;
				}
				*last = k;
				last = &k->doomed;
				k->doomed = NULL;
			}
		}
	}
	unlock(c->lock);
	return 0;
}

static void
stoptimer(ctx *c)
{
	if (c->timed && thrum_timer_stop(&c->timer))
		atomic_fetch_sub(&c->holds, 1); // the timer's; the caller has another
}

// queue lists gp as a waiter, unless there is nothing to wait for. Nobody cancels a released
// context.
static bool
queue(g *gp, void *a)
{
	ctx *c = a;
	sudog *s = &gp->sudog, *v = loadacq(c->waiters);
	s->obj = c;
	s->link = NULL; // a dump shows this object only
	do {
		if (v == OVER || load(c->users) == 0)
			return false;
		s->next = v;
	} while (!atomic_compare_exchange_weak(&c->waiters, &v, s));
	return true;
}

static __attribute__((noinline)) void
threadwait(ctx *c)
{
	threadg t;
	semwait(threadbegin(&t), WaitCtx, queue, c);
}

// awaitover waits until another caller that cancels c is done. Goroutine stack, or a thread's own.
static void
awaitover(ctx *c)
{
	if (loadacq(c->waiters) == OVER)
		return;
	g *gp = thrum_self();
	if (gp)
		semwait(gp, WaitCtx, queue, c);
	else
		threadwait(c);
}

static uintptr_t
wake(uintptr_t a, uintptr_t unused)
{
	(void)unused;
	for (sudog *s = (sudog *)a, *next; s; s = next) {
		next = s->next; // a readied s belongs to its waiter
		goready(s->g);
	}
	return 0;
}

static void
cancel(ctx *c, int err, int cause)
{
	struct sentence s = {err, cause, NULL, NULL};
	racerelease(&c->err);
	systemstack(condemn, (uintptr_t)c, (uintptr_t)&s);
	if (!s.first) {
		awaitover(c);
		return;
	}
	for (ctx *at = s.first; at; at = at->doomed) {
		thrum_chan *none = NULL;
		storerel(at->err, err);
		if (!atomic_compare_exchange_strong(&at->done, &none, CLOSED))
			thrum_chan_close(none);
		storerel(at->shown, true);
	}
	for (ctx *at = s.others, *next; at; at = next) {
		next = at->next;
		awaitover(at);
		thrum_ctx_release(unhold(at));
	}
	for (ctx *at = s.first, *next; at; at = next) {
		next = at->doomed;
		sudog *waiters = atomic_exchange(&at->waiters, OVER);
		if (waiters)
			systemstack(wake, (uintptr_t)waiters, 0);
		if (at == c && c->parent->by)
			systemstack(partlocked, (uintptr_t)c, 0);
		stoptimer(at);
		thrum_ctx_release(unhold(at));
	}
}

// seen: the caller has seen that c is cancelled. The canceller has released c or a context above
// it.
static inline void
seen(const ctx *c)
{
#ifdef TSAN
	for (const ctx *by = c->by; by; by = by->parent ? by->parent->by : NULL)
		raceacquire(&by->err);
#else
	(void)c;
#endif
}

// ---- the API -------------------------------------------------------------------

API thrum_ctx *
thrum_ctx_background(void)
{
	return &background;
}

API thrum_ctx *
thrum_ctx_with_cancel(thrum_ctx *parent)
{
	return make(parent, true);
}

// expire is the function of a goroutine. Its section makes it count as instrumented code, so its
// stack grows.
static __attribute__((section("thrum_api"))) void
expire(void *a)
{
	ctx *c = a;
	if (load(c->users) != 0)
		cancel(c, -ETIMEDOUT, -ETIMEDOUT);
	thrum_ctx_release(unhold(c));
}

static ctx *
timed(ctx *parent, uint64_t when, int64_t ns)
{
	ctx *c = make(parent, true);
	if (!c || c->deadline <= when)
		return c;
	c->deadline = when;
	if (ns <= 0) {
		cancel(c, -ETIMEDOUT, -ETIMEDOUT);
	} else if (!c->cancelled) {
		atomic_fetch_add(&c->holds, 1);
		c->timed = true;
		thrum_timer_start(&c->timer, ns, expire, c);
	}
	return c;
}

PARKS thrum_ctx *
thrum_ctx_with_deadline(thrum_ctx *parent, uint64_t when)
{
	uint64_t now = thrum_now();
	uint64_t ns = when > now ? when - now : 0;
	return timed(parent, when, ns < INT64_MAX ? (int64_t)ns : INT64_MAX);
}

PARKS thrum_ctx *
thrum_ctx_with_timeout(thrum_ctx *parent, int64_t ns)
{
	uint64_t now = thrum_now();
	return timed(parent, ns > 0 ? now + (uint64_t)ns : now, ns);
}

API thrum_ctx *
thrum_ctx_with_value(thrum_ctx *parent, const void *key, void *value)
{
	if (!key)
		fatal("thrum_ctx_with_value: the key must not be NULL");
	ctx *c = make(parent, false);
	if (c) {
		c->key = key;
		c->value = value;
	}
	return c;
}

API thrum_ctx *
thrum_ctx_without_cancel(thrum_ctx *parent)
{
	ctx *c = make(parent, false);
	if (c) {
		c->by = NULL;
		c->lock = NULL;
		c->deadline = NEVER;
	}
	return c;
}

API thrum_ctx *
thrum_ctx_retain(thrum_ctx *c)
{
	check(c);
	if (c != &background && !hold(&c->users))
		fatal("use of a context after its release: keep a reference with thrum_ctx_retain");
	return c;
}

PARKS void
thrum_ctx_release(thrum_ctx *c)
{
	while (c) {
		check(c);
		if (c == &background)
			return;
		uint32_t n = atomic_fetch_sub(&c->users, 1);
		if (n == 0)
			fatal("thrum_ctx_release: more releases than references");
		if (n > 1)
			return;
		if (c->canceller) {
			if (loadacq(c->waiters) != OVER) // else its canceller takes it out of the list
				systemstack(partlocked, (uintptr_t)c, 0);
			stoptimer(c);
		}
		c->magic = 0;
		c = unhold(c);
	}
}

PARKS void
thrum_ctx_cancel_cause(thrum_ctx *c, int cause)
{
	if (!check(c)->canceller)
		fatal("thrum_ctx_cancel: this context cannot be cancelled; cancel its parent, or make it by thrum_ctx_with_cancel");
	if (cause == 0)
		fatal("thrum_ctx_cancel_cause: the cause must not be 0");
	cancel(c, -ECANCELED, cause);
}

PARKS void
thrum_ctx_cancel(thrum_ctx *c)
{
	thrum_ctx_cancel_cause(c, -ECANCELED);
}

// closed tells whether c's channel is closed.
static bool
closed(const ctx *c)
{
	thrum_chan *done = loadacq(c->done);
	return done == CLOSED || (done && thrum_chan_tryrecv(done, NULL) == 0);
}

PARKS int
thrum_ctx_err(const thrum_ctx *c)
{
	const ctx *by = check(c)->by;
	if (!by || !loadacq(by->err))
		return 0;
	if (!loadacq(by->shown) && !closed(by))
		return 0;
	seen(c);
	return load(by->err);
}

PARKS int
thrum_ctx_cause(const thrum_ctx *c)
{
	return thrum_ctx_err(c) ? c->by->cause : 0;
}

// once returns *place. If that is NULL, it becomes a new channel, which is closed if `closed`.
static thrum_chan *
once(thrum_chan *_Atomic *place, bool closed)
{
	thrum_chan *old = loadacq(*place);
	if (old)
		return old;
	thrum_chan *c = thrum_chan_make(0, 0);
	if (!c)
		return NULL;
	if (closed)
		thrum_chan_close(c);
	if (atomic_compare_exchange_strong(place, &old, c))
		return c;
	thrum_chan_free(c);
	return old;
}

PARKS thrum_chan *
thrum_ctx_done(thrum_ctx *c)
{
	ctx *by = check(c)->by;
	if (!by)
		return NULL;
	thrum_chan *done = once(&by->done, false);
	if (done != CLOSED)
		return done;
	seen(c);
	return once(&closedchan, true);
}

PARKS int
thrum_ctx_sleep(thrum_ctx *c, int64_t ns)
{
	thrum_chan *done = thrum_ctx_done(c);
	if (done && thrum_chan_recvtimeout(done, NULL, ns > 0 ? ns : 0) == 0)
		return thrum_ctx_err(c);
	if (!done)
		thrum_sleep(ns);
	return thrum_ctx_err(c);
}

API bool
thrum_ctx_deadline(const thrum_ctx *c, uint64_t *when)
{
	uint64_t t = check(c)->deadline;
	if (t != NEVER && when)
		*when = t;
	return t != NEVER;
}

API void *
thrum_ctx_value(const thrum_ctx *c, const void *key)
{
	for (check(c); c; c = c->parent)
		if (c->key == key && key)
			return c->value;
	return NULL;
}
