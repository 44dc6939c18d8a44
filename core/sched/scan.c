// SPDX-License-Identifier: MIT
//
// scan.c - visits every goroutine once, and keeps it from running meanwhile (scan.h).
//
// A walk has a number, sched.scangen. A goroutine was visited when its own scangen is the same. It
// becomes odd by compare-and-swap, which gives the thread that has set it the stack, and the walk's
// number after the visit.
//
// The invariant: **once the walk has begun, no goroutine runs that was not visited.** Then a walker
// never meets a running goroutine that it would have to stop, and needs no barrier for any of them.
//
//	1. The walk gets its number. Each p is given ClaimScan at its next safe point (foreachp):
//	   that is one barrier for all. A goroutine that runs on it then stops there, and goes on at
//	   once.
//	2. ClaimScan turns off the fast paths of park and yield. The scheduler visits the goroutine
//	   that it is about to resume (scanrun), or waits for the walker that has it.
//	3. Walkers go through the list of all goroutines and visit those that wait or are runnable.
//	   These can be made runnable meanwhile, and be queued and stolen: only running needs the
//	   stack.
//	4. A goroutine in a foreign call does not come by. Its m has ClaimScan, or no p: so the end
//	   of the call goes to exitsyscall, where the goroutine is visited before it runs. Walkers
//	   list it, and scanend visits it during the call.
//
// During a foreign call signal handlers still take unsafe frames below those of the goroutine, and
// link chunks or unmap large frames. ClaimRead in m.claim keeps them away (uframe.c): such a change
// waits, or is waited for. That needs a barrier between the two; one serves a batch of calls.
//
// A goroutine that begins during a walk has nothing on its stack, and is visited when it first
// runs. One that ends without having been visited is forgotten.
//
// tests/model/scan.pml has the interleavings, stress/scan finds a word in each of 100,000
// goroutines. Go stops each goroutine for itself (suspendG); here each p stops once, as in OCaml's
// and Go's ragged barriers.
//
// Rejected: Go's scan bit in the status, for all: readying a goroutine would have to look at it, or
// each claim of a waiting one make a barrier of some microseconds.

#include "core/sched/scan.h"

#include <errno.h>

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/sched/asym.h"
#include "core/sched/proc.h"

#define BATCH 256 // goroutines that a walker takes at a time
#define NEAR 8    // places ahead at which a stack is fetched
#define FAR 20    // ... and a g
#define CALLS 32  // foreign calls per barrier

// The values of walk.on. While it is Changing, walk belongs to the caller of scanbegin or scanend.
enum { Off, Walking, Changing };

static struct {
	_Atomic uint32_t on;
	_Atomic uint32_t visitors; // threads within a visit, or a batch of them
	// Changing:
	visitor *fn;
	void *arg;
	size_t n;                  // goroutines to go through
	_Atomic size_t next;       // the first that no walker has taken
	g *_Atomic later;          // those that may be in foreign calls, by scanlink
	bool claims;               // sched.lock: ps have ClaimScan
} walk;

// hold makes gp's scangen odd. *was: its old value. Returns: false, with nothing changed, if it is
// gen.
static bool
hold(g *gp, uint32_t gen, uint32_t *was)
{
	for (unsigned n = 0;; n++) {
		uint32_t v = loadacq(gp->scangen);
		if (v == gen)
			return false;
		if (!(v & 1) && atomic_compare_exchange_strong(&gp->scangen, &v, v | 1)) {
			*was = v;
			return true;
		}
		spinwait(n);
	}
}

uint32_t
scanhold(g *gp)
{
	uint32_t was = 0;
	hold(gp, 1, &was);
	return was;
}

void
scanrelease(g *gp, uint32_t gen)
{
	storerel(gp->scangen, gen);
}

// visit visits gp, whose stack nobody changes, unless that was done.
static void
visit(g *gp, uintptr_t usp)
{
	uint32_t gen = load(sched.scangen), was;
	if (!hold(gp, gen, &was))
		return;
	walk.fn(gp, usp, walk.arg);
	scanrelease(gp, gen);
}

// enter tells whether visits may be made until leave.
static bool
entered(void)
{
	atomic_fetch_add(&walk.visitors, 1);
	return load(walk.on) == Walking;
}

static void
left(void)
{
	atomic_fetch_sub(&walk.visitors, 1);
}

void
scanvisit(g *gp)
{
	if (entered())
		visit(gp, gp->usp);
	left();
}

// ---- walkers -----------------------------------------------------------------------

static void
putlater(g *gp)
{
	g *first = load(walk.later);
	do
		gp->scanlink = first;
	while (!atomic_compare_exchange_weak(&walk.later, &first, gp));
}

enum where { Gone, Still, Moving };

// whereis tells whether gp has ended, does not run, or may be in a foreign call.
static enum where
whereis(g *gp)
{
	uint32_t status = loadacq(gp->status) & ~(uint32_t)Gscan;
	if (status == Gdead || status == Gidle)
		return Gone;
	return status == Gwaiting || status == Grunnable ? Still : Moving;
}

static void
look(g *gp, uint32_t gen)
{
	enum where at = whereis(gp);
	uint32_t v = load(gp->scangen);
	if (at == Gone || v == gen)
		return;
	if (at == Moving || v & 1) // another thread's visit may be under way: it is not waited for here
		putlater(gp);
	else
		visit(gp, gp->usp);
}

// fetch prefetches the cache lines that look will need some turns later.
static void
fetch(g *const *all, size_t i, size_t n)
{
	if (i + FAR < n) {
		const char *far = (const char *)all[i + FAR];
		__builtin_prefetch(far);
		__builtin_prefetch(far + CACHELINE);
		__builtin_prefetch(far + offsetof(g, scangen) / CACHELINE * CACHELINE);
	}
	if (i + NEAR < n) {
		const g *near = all[i + NEAR];
		const char *sp = (const char *)near->sched.sp;
		for (int k = 0; k < 4; k++)
			__builtin_prefetch(sp + k * CACHELINE);
		__builtin_prefetch((const void *)near->usp);
		__builtin_prefetch((const void *)(near->usp | (THRUM_UCHUNK - 1)));
	}
}

static uintptr_t
some_m(uintptr_t max, uintptr_t unused)
{
	uint32_t gen = load(sched.scangen);
	(void)unused;
	bool more = entered();
	for (size_t done = 0; more && done < max; done += BATCH) {
		size_t i = atomic_fetch_add(&walk.next, BATCH), end = i + BATCH < walk.n ? i + BATCH : walk.n;
		g *const *all = __atomic_load_n(&sched.allg, __ATOMIC_ACQUIRE);
		more = i < walk.n;
		for (; i < end; i++) {
			fetch(all, i, walk.n);
			look(all[i], gen);
		}
	}
	left();
	return more;
}

bool
scansome(size_t n)
{
	return systemstack(some_m, n, 0);
}

// visitcall visits gp if it is in a foreign call on mp. All threads have passed a barrier since mp
// has ClaimRead. While the caller holds gp's scangen, gp may leave the call, but not run.
static void
visitcall(m *mp, g *gp)
{
	uint32_t gen = load(sched.scangen), was;
	if (!hold(gp, gen, &was))
		return;
	if (load(mp->curg) == gp && loadacq(mp->incall)) {
		waitzero(&mp->uchanging);
		uintptr_t usp = atomic_load_explicit((_Atomic uintptr_t *)(mp->tcb + THRUM_TCB_USP), memory_order_acquire);
		if (loadacq(mp->incall)) { // else usp may be another's already
			walk.fn(gp, usp, walk.arg);
			was = gen;
		}
	}
	scanrelease(gp, was);
}

// inorder does for gp, of the list, all that needs no barrier. Returns: the m in whose foreign call
// gp may be.
static m *
inorder(g *gp, uint32_t gen)
{
	enum where at = whereis(gp);
	if (at == Gone || loadacq(gp->scangen) == gen)
		return NULL;
	if (at == Moving)
		return __atomic_load_n(&gp->m, __ATOMIC_RELAXED);
	visit(gp, gp->usp);
	return NULL;
}

// visitlater visits those of the list, all of which are visited or gone at the end.
static uintptr_t
visitlater_m(uintptr_t a, uintptr_t b)
{
	uint32_t gen = load(sched.scangen);
	(void)a;
	(void)b;
	for (unsigned n = 0; load(walk.later); n++) {
		m *ms[CALLS];
		g *gs[CALLS];
		int count = 0;
		for (g *gp = atomic_exchange(&walk.later, NULL), *next; gp; gp = next) {
			next = gp->scanlink;
			if (count == CALLS) {
				putlater(gp);
			} else if ((ms[count] = inorder(gp, gen))) {
				atomic_fetch_or(&ms[count]->claim, ClaimRead);
				gs[count++] = gp;
			}
		}
		if (count > 0)
			heavyfence();
		for (int i = 0; i < count; i++) {
			visitcall(ms[i], gs[i]);
			atomic_fetch_and(&ms[i]->claim, ~(uint32_t)ClaimRead);
			putlater(gs[i]); // it may have left the call before
		}
		if (n > 0)
			spinwait(n);
	}
	return 0;
}

// ---- begin and end -----------------------------------------------------------------

uint32_t
scanclaim(void)
{
	return walk.claims ? ClaimScan : 0;
}

static uintptr_t
setclaims(uintptr_t on, uintptr_t unused)
{
	(void)unused;
	lock(&sched.lock);
	walk.claims = on;
	for (uint32_t i = 0; !on && i < MAXPROCS && allp[i]; i++)
		atomic_fetch_and(&allp[i]->claim, ~(uint32_t)ClaimScan);
	unlock(&sched.lock);
	return 0;
}

// begun: pp has come by, or is idle, or its m is in a foreign call that cannot end now. sched.lock.
static void
begun(p *pp, void *unused)
{
	(void)unused;
	m *mp = load(pp->m);
	atomic_fetch_or(&pp->claim, ClaimScan);
	if (mp && load(mp->incall))
		atomic_fetch_or(&mp->claim, ClaimScan);
}

// over ends the walk: no thread visits any more.
static void
over(void)
{
	store(walk.on, Changing);
	atomic_thread_fence(memory_order_seq_cst);
	waitzero(&walk.visitors);
	systemstack(setclaims, false, 0);
	storerel(walk.on, Off);
}

int
scanbegin(visitor *fn, void *arg, uint64_t patience)
{
	uint32_t off = Off;
	if (!atomic_compare_exchange_strong(&walk.on, &off, Changing))
		return -EBUSY;
	walk.fn = fn;
	walk.arg = arg;
	walk.n = 0;
	store(sched.scangen, load(sched.scangen) + 2);
	storerel(walk.on, Walking);
	systemstack(setclaims, true, 0);
	if (!foreachp(begun, NULL, patience)) {
		over();
		return -ETIME;
	}
	walk.n = loadacq(sched.nallg);
	storerel(walk.next, 0);
	return 0;
}

void
scanend(void)
{
	while (scansome(SIZE_MAX))
		;
	waitzero(&walk.visitors); // other walkers end their batches
	systemstack(visitlater_m, 0, 0);
	over();
}

// In the child of fork no walker is left. The goroutine that goes on may be held by one.
void
scanfork(void)
{
	const m *mp = thrum_m;
	g *me = mp ? load(mp->curg) : NULL;
	if (me)
		store(me->scangen, load(me->scangen) & ~1u);
	walk.claims = false;
	store(walk.later, NULL);
	store(walk.visitors, 0);
	store(walk.on, Off);
}
