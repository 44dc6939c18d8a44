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
//	4. A goroutine in a foreign call does not come by. Its M has ClaimScan, or no P: so the end
//	   of the call goes to exitsyscall, where the goroutine is visited before it runs. Walkers
//	   list it, and scanend visits it during the call, with the M's claim held: the M can begin
//	   to leave the call, and gets no further.
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
#include "core/base/print.h"
#include "core/sched/asym.h"
#include "core/sched/proc.h"

#define BATCH 256 // goroutines that a walker takes at a time
#define NEAR 8    // places ahead at which a stack is fetched
#define FAR 20    // ... and a g
#define CALLS 32  // foreign calls per barrier

// The values of walk.on. While it is Changing, walk belongs to the caller of scanbegin or scanend.
// While the Ps come by (Begun), only goroutines that are about to run are visited.
enum { Off, Changing, Begun, Walking };

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

// try makes gp's scangen, which is v, odd. False when another thread was first.
static bool
try(g *gp, uint32_t v)
{
	return !(v & 1) && atomic_compare_exchange_strong(&gp->scangen, &v, v | 1);
}

uint32_t
scanhold(g *gp)
{
	uint32_t v = loadacq(gp->scangen);
	for (unsigned n = 0; !try(gp, v); n++) {
		spinwait(n);
		v = loadacq(gp->scangen);
	}
	return v;
}

void
scanrelease(g *gp, uint32_t gen)
{
	storerel(gp->scangen, gen);
}

// visit visits gp, which the caller holds.
static void
visit(g *gp, uintptr_t usp)
{
	walk.fn(gp, usp, walk.arg);
	scanrelease(gp, load(sched.scangen));
}

// entered tells whether visits may be made until left, because walk.on is at least `from`.
static bool
entered(uint32_t from)
{
	atomic_fetch_add(&walk.visitors, 1);
	return load(walk.on) >= from;
}

static void
left(void)
{
	atomic_fetch_sub(&walk.visitors, 1);
}

void
scanvisit(g *gp)
{
	if (loadacq(gp->scangen) == load(sched.scangen))
		return;
	if (entered(Begun)) {
		uint32_t v = scanhold(gp);
		if (v == load(sched.scangen))
			scanrelease(gp, v);
		else
			visit(gp, gp->usp);
	}
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

// look visits gp if it does not run, or puts it into the list. It waits for nobody.
static void
look(g *gp, uint32_t gen)
{
	uint32_t v = loadacq(gp->scangen);
	enum where at = whereis(gp);
	if (at == Gone || v == gen)
		return;
	if (at == Moving || !try(gp, v))
		putlater(gp);
	else if (whereis(gp) == Still)
		visit(gp, gp->usp);
	else // it has ended, and its record is used again
		scanrelease(gp, v);
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
	(void)unused;
	bool more = entered(Walking);
	uint32_t gen = load(sched.scangen);
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

// holdreading takes mp's claim and keeps handlers away from its chunks, if the claim is free.
static bool
holdreading(m *mp)
{
	if (!claimtry(&mp->claim))
		return false;
	atomic_fetch_or(&mp->claim, ClaimRead);
	return true;
}

static void
endreading(m *mp)
{
	atomic_fetch_and(&mp->claim, ~(uint32_t)ClaimRead);
	claimunlock(&mp->claim);
}

// visitcall visits gp if it is in a foreign call on mp. mp's claim is held, and all threads have
// passed a barrier since: mp may begin to leave the call, but not get further. Nothing is waited
// for here that itself waits for a claim or for a visit.
static void
visitcall(m *mp, g *gp)
{
	uint32_t v = loadacq(gp->scangen);
	if (load(mp->curg) != gp || !loadacq(mp->incall) || v == load(sched.scangen) || !try(gp, v))
		return;
	waitzero(&mp->uchanging);
	uintptr_t usp = atomic_load_explicit((_Atomic uintptr_t *)(mp->tcb + THRUM_TCB_USP), memory_order_acquire);
	if (loadacq(mp->incall)) // else usp may be that of g0 already
		visit(gp, usp);
	else
		scanrelease(gp, v);
}

// pending takes the list and visits those that do not run now. It keeps up to CALLS others in gs,
// and puts the rest back. Returns: how many are in gs.
static int
pending(g **gs)
{
	uint32_t gen = load(sched.scangen);
	int n = 0;
	for (g *gp = atomic_exchange(&walk.later, NULL), *next; gp; gp = next) {
		next = gp->scanlink;
		if (whereis(gp) == Moving && n < CALLS && loadacq(gp->scangen) != gen)
			gs[n++] = gp;
		else
			look(gp, gen);
	}
	return n;
}

// visitlater visits those of the list. All are visited or gone at the end.
static uintptr_t
visitlater_m(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	for (unsigned n = 0; load(walk.later); n++) {
		g *gs[CALLS];
		m *ms[CALLS];
		int count = pending(gs);
		for (int i = 0; i < count; i++) {
			ms[i] = __atomic_load_n(&gs[i]->m, __ATOMIC_RELAXED);
			if (ms[i] && !holdreading(ms[i]))
				ms[i] = NULL;
		}
		if (count > 0)
			heavyfence();
		for (int i = 0; i < count; i++) {
			if (ms[i]) {
				visitcall(ms[i], gs[i]);
				endreading(ms[i]);
			}
			putlater(gs[i]); // until it is seen to be visited, or gone
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
	const m *mp = thrum_m;
	uint32_t off = Off;
	if (mp && load(mp->incall))
		throw("scanbegin: called within a foreign call");
	if (!atomic_compare_exchange_strong(&walk.on, &off, Changing))
		return -EBUSY;
	walk.fn = fn;
	walk.arg = arg;
	store(sched.scangen, load(sched.scangen) + 2);
	storerel(walk.on, Begun);
	systemstack(setclaims, true, 0);
	if (!foreachp(begun, NULL, patience)) {
		over();
		return -ETIME;
	}
	walk.n = loadacq(sched.nallg);
	store(walk.next, 0);
	storerel(walk.on, Walking);
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
