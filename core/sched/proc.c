// SPDX-License-Identifier: MIT
//
// proc.c - goroutines begin, run, park and end; the loop of the scheduler.
//
// schedule is the loop. It runs on the system stack of an m that has a p, finds a goroutine
// (findrunnable, find.c) and resumes it. The goroutine comes back by mcall when it parks, yields or
// ends. thrum_yield (yield.asm) skips the loop where it can. ready.h is the way back into a queue.
//
// The runtime is not preempted, so a function here that has read its p keeps it until it parks.
// newstack gives way only in code that thrumcc has built and where such code calls the runtime.

#include "core/sched/proc.h"

#include <errno.h>
#include <string.h>

#include "arch/arch.h"
#include "arch/called.h"
#include "core/base/debug.h"
#include "core/base/modules.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/diag/crash.h"
#include "core/diag/race.h"
#include "core/preempt/preempt.h"
#include "core/sched/ready.h"
#include "core/sched/scan.h"
#include "core/sched/seed.h"
#include "core/stack/stack.h"

#define GBATCH 16        // new ones taken at a time
#define ALLG (4u << 20)  // goroutines for which allg has address space at first
#define COLDMIN 64       // dead ones side by side whose pages are worth a system call
#define GKEEP 64         // dead ones that a p keeps
#define GOIDBATCH 16
#define LEARN 256        // entries, a power of two
#define MINSHIFT 11

schedt sched = {.lock = MUTEX(RankSched), .alllock = MUTEX(RankAllg), .maxthreads = 10000, .sampling = 64};
static _Atomic size_t fixedstack = 256u << 10;
// Dead goroutines side by side whose pages went back to the kernel (gtrim). The memory in those
// pages reads as zeros, so those goroutines are Gidle; the ones at the ends are Gdead.
typedef struct coldgs {
	char *lo, *hi;
} coldgs;

static const fixkind gkind = {.name = "gs", .use = UseSched, .slab = 1u << 20, .link = offsetof(g, schedlink)};
fixalloc fixgs = FIXALLOC(&gkind, sizeof(g)); // the list: sched.lock, the slabs: alllock
static bool coldfed;           // alllock: new ones were goroutines before, and are in allg
static coldgs *gcold;          // alllock
static size_t ncold, roomcold; // alllock

// The start size that a function has needed: the function, and log2 of the size in the top byte.
static _Atomic uint64_t learned[LEARN];

// ---- states ------------------------------------------------------------------

static const uint8_t allowed[NGSTATUS] = {
	[Gidle] = 1 << Gdead,
	[Grunnable] = 1 << Grunning,
	[Grunning] = 1 << Grunnable | 1 << Gwaiting | 1 << Gsyscall | 1 << Gdead,
	[Gsyscall] = 1 << Grunning | 1 << Grunnable,
	[Gwaiting] = 1 << Grunnable | 1 << Grunning, // the latter: a commit has refused
	[Gdead] = 1 << Grunnable,
};

static uintptr_t
badstate(uintptr_t goid, uintptr_t states)
{
	print("thrum: goroutine %lu: transition from state %u to %u is not allowed\n", (unsigned long)goid, (unsigned)(states >> 16),
		(unsigned)(states & 0xffff));
	throw("invalid transition of a goroutine's state");
}

static void
check(g *gp, uint32_t from, uint32_t to)
{
	if (from >= NGSTATUS || !(allowed[from] & 1u << to))
		systemstack(badstate, gp->goid, from << 16 | to);
}

void
casgstatus(g *gp, enum gstatus from, enum gstatus to)
{
	if (debug.check)
		check(gp, from, to);
	for (unsigned n = 0;; n++) {
		uint32_t v = from;
		if (atomic_compare_exchange_strong(&gp->status, &v, to))
			return;
		if (v != (from | Gscan))
			throw("casgstatus: the goroutine is not in the expected state");
		spinwait(n);
	}
}

void
setstatus(g *gp, enum gstatus to)
{
	if (debug.check)
		check(gp, load(gp->status), to);
	storerel(gp->status, to);
}

// One scanner at a time: the bit that a scanner finds after its barrier must be its own.
static mutex scanlock = MUTEX(RankSync);

static bool
trytogscan(g *gp)
{
	uint32_t v = Gwaiting;
	if (!atomic_compare_exchange_strong(&gp->status, &v, Gwaiting | Gscan))
		return false;
	if (!sched.asymmetric)
		return true;
	// A p inside readied (ready.c) either saw our bit, or we wait for its section to end. In
	// the second case it may have overwritten the bit, so look again.
	heavyfence();
	for (uint32_t i = 0; i < MAXPROCS && allp[i]; i++)
		waitzero(&allp[i]->section);
	return load(gp->status) == (Gwaiting | Gscan);
}

bool
castogscan(g *gp)
{
	lock(&scanlock);
	bool mine = trytogscan(gp);
	unlock(&scanlock);
	return mine;
}

bool
takewaiting(g *gp)
{
	for (unsigned n = 0; !castogscan(gp); n++) {
		if (load(gp->status) != (Gwaiting | Gscan))
			return false;
		spinwait(n);
	}
	return true;
}

void
casfromgscan(g *gp)
{
	storerel(gp->status, Gwaiting);
}

// ---- chance ------------------------------------------------------------------

uint64_t
fastrand(void)
{
	static _Atomic uint64_t outside; // for threads without an m, in any order
	m *mp = thrum_m;
	if (debug.seeded && mp)
		return seedrand();
	uint64_t x = mp ? mp->rng : load(outside);
	if (x == 0)
		x = cputicks() | 1;
	// xorshift, by Marsaglia.
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	if (mp)
		mp->rng = x;
	else
		store(outside, x);
	return x;
}

// ---- a goroutine begins --------------------------------------------------------

// roomallg makes room in allg for one more. Locks: alllock is held. Returns: false without memory.
static bool
roomallg(void)
{
	size_t nall = load(sched.nallg);
	if (nall < sched.capallg)
		return true;
	size_t cap = sched.capallg ? 2 * sched.capallg : ALLG;
	g **all = osmap(cap * sizeof *all, PAGE, UseTables);
	if (!all && !sched.capallg) // little address space
		all = osmap((cap = 512) * sizeof *all, PAGE, UseTables);
	if (!all)
		return false;
	// The old array stays mapped, because a report may be reading it.
	if (sched.allg)
		memcpy(all, sched.allg, nall * sizeof *all);
	__atomic_store_n(&sched.allg, all, __ATOMIC_RELEASE);
	sched.capallg = cap;
	return true;
}

// gmake makes a dead goroutine; NULL without memory. Locks: alllock is held.
static g *
gmake(void)
{
	if (!fixroom(&fixgs)) {
		coldfed = ncold > 0;
		if (coldfed) {
			const coldgs *c = &gcold[--ncold];
			fixfeed(&fixgs, c->lo, c->hi);
		}
	}
	g *gp = coldfed || roomallg() ? fixnew(&fixgs) : NULL;
	if (!gp)
		return NULL;
	if (coldfed)
		*gp = (g){0};
	gp->sudog.g = gp;
	if (!coldfed) {
		size_t nall = load(sched.nallg);
		sched.allg[nall] = gp;
		storerel(sched.nallg, nall + 1);
	}
	setstatus(gp, Gdead);
	return gp;
}

static int
classof(uintptr_t fn)
{
	uint64_t v = load(learned[(fn >> 4) & (LEARN - 1)]);
	return (v & 0x00ffffffffffffff) == fn ? (int)(v >> 56) : MINSHIFT;
}

static void
learn(uintptr_t fn, size_t size)
{
	if (size > STACK_LEARN_MAX)
		size = STACK_LEARN_MAX;
	store(learned[(fn >> 4) & (LEARN - 1)], (fn & 0x00ffffffffffffff) | (uint64_t)__builtin_ctzl(size) << 56);
}

static void
dropstack(g *gp)
{
	if (!gp->stacklo)
		return;
	if (gp->stackkind == StackFixed)
		stackfixedfree(gp->stacklo, gp->stacksize);
	else
		stackfree(gp->stacklo, gp->stacksize);
	gp->stacklo = NULL;
	gp->stacksize = 0;
	gp->startclass = 0;
}

// gtake returns a dead g, from the list of pp, which may be NULL, or from the global list. Stack:
// the system stack.
static g *
gtake(p *pp)
{
	g *gp = NULL;
	if (load(fixgs.nfree) > 0 && !(pp && pp->gs.list)) {
		lock(&sched.lock);
		if (pp)
			fixrefill(&fixgs, &pp->gs, GKEEP / 2);
		else
			gp = fixold(&fixgs);
		unlock(&sched.lock);
	}
	if (pp)
		gp = fixpop(&gkind, &pp->gs);
	if (gp)
		return gp;
	lock(&sched.alllock);
	gp = gmake();
	for (g *more; pp && gp && pp->gs.n + 1 < GBATCH && (more = gmake());)
		fixpush(&gkind, &pp->gs, more);
	unlock(&sched.alllock);
	return gp;
}

// gcool gives back the pages of goroutines that lie side by side, COLDMIN or more of them, among
// the n dead ones at gs. Their entries are NULL afterwards. Returns: the bytes that the kernel got.
static size_t
gcool(g **gs, size_t n)
{
	size_t bytes = 0;
	sortaddresses((void **)gs, n);
	lock(&sched.alllock);
	if (roomcold < sched.capallg / COLDMIN) {
		coldgs *more = osmap(sched.capallg / COLDMIN * sizeof *more, PAGE, UseTables);
		if (more) {
			if (gcold) {
				memcpy(more, gcold, ncold * sizeof *more);
				osunmap(gcold, roomcold * sizeof *more, UseTables);
			}
			gcold = more;
			roomcold = sched.capallg / COLDMIN;
		}
	}
	for (size_t i = 0, j; i < n; i = j) {
		for (j = i + 1; j < n && gs[j] == gs[j - 1] + 1; j++)
			;
		if (j - i < COLDMIN || ncold == roomcold)
			continue;
		coldgs c = {(char *)gs[i], (char *)(gs[j - 1] + 1)};
		char *lo = (char *)(((uintptr_t)c.lo + PAGE - 1) & -(uintptr_t)PAGE), *hi = (char *)((uintptr_t)c.hi & -(uintptr_t)PAGE);
		bytes += ostrim(lo, (size_t)(hi - lo));
		gcold[ncold++] = c;
		fixdrop(&fixgs, j - i);
		for (size_t k = i; k < j; k++)
			gs[k] = NULL;
	}
	unlock(&sched.alllock);
	return bytes;
}

void
alllock(void)
{
	lock(&sched.alllock);
}

void
allunlock(void)
{
	unlock(&sched.alllock);
}

size_t
gtrim(void)
{
	size_t n = 0, bytes = 0;
	lock(&sched.lock);
	bool walked = scanclaim() != 0; // then the walk's list may go through dead ones (scan.c)
	fixcache dead = fixtake(&fixgs);
	unlock(&sched.lock);
	size_t count = dead.n;
	for (g *gp = dead.list; gp; gp = gp->schedlink)
		dropstack(gp);
	size_t size = (count * sizeof(g *) + PAGE - 1) & -(size_t)PAGE;
	g **gs = count >= COLDMIN && !walked ? osmap(size, PAGE, UseTables) : NULL;
	if (gs) {
		for (g *gp = dead.list; gp; gp = gp->schedlink)
			gs[n++] = gp;
		bytes = gcool(gs, n);
		fixlose(&dead);
		for (size_t i = n; i-- > 0;) // the lowest are handed out first
			if (gs[i])
				fixpush(&gkind, &dead, gs[i]);
		osunmap(gs, size, UseTables);
	}
	lock(&sched.lock);
	fixspill(&fixgs, &dead, 0);
	unlock(&sched.lock);
	return bytes;
}

// gput keeps a dead goroutine, with its stack.
static inline void
gput(p *pp, g *gp)
{
	if (fixpush(&gkind, &pp->gs, gp) < GKEEP)
		return;
	lock(&sched.lock);
	fixspill(&fixgs, &pp->gs, GKEEP / 2);
	unlock(&sched.lock);
}

// gnew returns a g for fn with a stack: the slow part of thrum_go. Stack: the system stack.
static uintptr_t
gnew(uintptr_t fn, uintptr_t text)
{
	p *pp = getp();
	g *gp = gtake(pp);
	if (!gp)
		return 0;
	if (!sched.sysmonon)
		sysmonstart();
	if (fn != (uintptr_t)mainstart) // mainstart sets the mask before
		osinherit();
	enum stackkind kind = instrumented(text) ? StackCopy : StackFixed;
	if (kind == StackFixed)
		thrum_fpexact = 1; // its own calls are not seen
	int class = kind == StackCopy ? classof(fn) : 0;
	size_t size = kind == StackCopy ? (size_t)1 << class : load(fixedstack);
	if (gp->stackkind != kind || gp->stacksize != size)
		dropstack(gp);
	if (!gp->stacklo) {
		char *lo = kind == StackCopy ? stackalloc(size) : stackfixed(size);
		if (!lo) {
			lock(&sched.lock);
			fixput(&fixgs, gp);
			unlock(&sched.lock);
			return 0;
		}
		gp->stackkind = (uint8_t)kind;
		gp->stacklo = lo;
		gp->stacksize = size;
	}
	gp->startclass = (uint8_t)class;
	gp->stackguard = kind == StackCopy ? guardof(gp->stacklo) : (uintptr_t)gp->stacklo + THRUM_GUARD;
	return (uintptr_t)gp;
}

// setfp gives gp the floating-point modes of me, which starts it. A goroutine that a timer starts
// gets the usual modes.
static inline void
setfp(g *gp, const g *me)
{
	m *mp = me ? me->m : NULL;
	if (me && me->goid == 0) {
		usualfp(&gp->fp);
	} else if (mp && mp->fpcall == load(mp->ncall) + thrum_fpexact) {
		knownfp(&gp->fp, &mp->fp);
	} else {
		readfp(&gp->fp);
	}
}

// setup makes gp, which has a stack, start fn(arg). Fields that a dead g leaves at zero are not
// written again.
static inline void
setup(p *pp, g *gp, void (*fn)(void *), void *arg, uintptr_t pc)
{
	gp->fn = fn;
	gp->arg = arg;
	gp->gopc = pc;
	gp->sched.sp = (uintptr_t)gp->stacklo + gp->stacksize - 16;
	gp->sched.pc = (uintptr_t)gostart;
	gp->sched.bp = 0;
	gp->err = 0;
	store(gp->token, 0);
	gp->copies = 0;
	g *me = getg();
	gp->creator = me ? me->goid : 0;
	setfp(gp, me);
	if (!pp) {
		gp->goid = atomic_fetch_add(&sched.goidgen, 1) + 1;
	} else {
		if (pp->goidnext == pp->goidend) {
			pp->goidnext = atomic_fetch_add(&sched.goidgen, GOIDBATCH) + 1;
			pp->goidend = pp->goidnext + GOIDBATCH;
		}
		gp->goid = pp->goidnext++;
		bump(pp->nspawn, 1);
	}
	racego(gp);
	setstatus(gp, Grunnable);
}

static _Atomic uint64_t nforeignspawn; // by threads without a p

__attribute__((noinline)) g *
spawn(void (*fn)(void *), void *arg, uintptr_t text, uintptr_t pc)
{
	g *gp = (g *)systemstack(gnew, (uintptr_t)fn, text);
	if (!gp)
		return NULL;
	p *pp = getp();
	setup(pp, gp, fn, arg, pc);
	if (!pp)
		atomic_fetch_add(&nforeignspawn, 1);
	return gp;
}

void
gfork(void)
{
	const m *mp = thrum_m;
	const g *me = mp ? load(mp->curg) : NULL;
	lockinit(&scanlock);
	for (size_t i = 0; i < load(sched.nallg); i++)
		if (sched.allg[i] != me && load(sched.allg[i]->status) != Gidle)
			store(sched.allg[i]->status, Gdead);
	store(nforeignspawn, 0);
}

void
unspawn(g *gp)
{
	lock(&sched.lock);
	store(gp->status, Gdead);
	fixput(&fixgs, gp);
	unlock(&sched.lock);
	atomic_fetch_sub(&nforeignspawn, 1);
}

// ---- the loop ----------------------------------------------------------------

static void
unfreeze(g *gp)
{
	if (!thaw(gp))
		fatal("out of memory: a frozen stack cannot be mapped again (see ulimit -v, vm.max_map_count)");
}

// ahead fetches the memory of goroutines that run soon: with many goroutines, memory decides the
// speed.
static inline void
ahead(p *pp)
{
	uint32_t h = load(pp->runqhead);
	const g *soon = load(pp->runq[(h + 4) & (RUNQ - 1)]), *next = load(pp->runq[(h + 1) & (RUNQ - 1)]);
	__builtin_prefetch(soon);
	__builtin_prefetch((const char *)soon + CACHELINE);
	if (next)
		__builtin_prefetch((const void *)next->sched.sp);
}

// resumeslow is the rare part of resume.
static __attribute__((noinline)) void
resumeslow(m *mp, p *pp, g *gp, bool inherit)
{
	if (!inherit && load(pp->claim) & ClaimSlice)
		atomic_fetch_and(&pp->claim, ~(uint32_t)ClaimSlice);
	scanrun(pp, gp);
	if (mp->regs.n > REGKEEP)
		regflush(mp);
	if (gp->slow & SlowTrack) {
		gp->slow &= (uint16_t)~SlowTrack;
		histrecord(&pp->hist[THRUM_HIST_WAIT], ticksns(cputicks() - gp->waitsince));
	}
	if (gp->slow & SlowFrozen)
		unfreeze(gp);
	if (debug.check) {
		if (load(pp->m) != mp || load(mp->curg) != NULL || gp->lockedm)
			throw("resume: m, p and g do not refer to each other");
		check(gp, load(gp->status), Grunning);
	}
}

// resume prepares gp to run on mp, which has taken it out of a queue.
static inline void
resume(m *mp, g *gp, bool inherit)
{
	p *pp = load(mp->p);
	ahead(pp);
	if (!inherit)
		bump(pp->schedtick, 1);
	pp->nready = 0;
	if (gp->slow || load(pp->claim) || mp->regs.n > REGKEEP)
		resumeslow(mp, pp, gp, inherit);
}

// pick returns the goroutine that runs next on mp.
static g *
pick(m *mp)
{
	bool inherit;
	for (;;) {
		if (mp->lockedg) {
			stoplockedm(mp);
			g *gp = mp->lockedg;
			mp->lockedg = NULL;
			gp->lockedm = NULL;
			resume(mp, gp, false);
			return gp;
		}
		p *pp = load(mp->p);
		g *gp = NULL;
		// The usual case: the next goroutine of the p's own queue, and nothing else to look
		// at.
		if (!load(pp->claim) && load(pp->schedtick) + 1 != pp->globtick && !load(sched.mainexited))
			gp = runqget(pp, &inherit);
		if (!gp)
			gp = findrunnable(mp, &inherit);
		resetspinning(mp);
		if (gp->slow && gp->lockedm) {
			startlockedm(mp, gp);
			continue;
		}
		resume(mp, gp, inherit);
		return gp;
	}
}

_Noreturn void
execute(m *mp, g *gp)
{
	resume(mp, gp, false);
	gogo(gp);
}

_Noreturn void
schedule(void)
{
	gogo(pick(thrum_m));
}

void
stoprun(m *mp, g *gp)
{
	store(mp->curg, NULL);
	if (locked(gp)) {
		gp->lockedm = mp;
		mp->lockedg = gp;
	}
}

// yield_m is the slow way of thrum_yield. gp's context is saved.
_Noreturn void
yield_m(g *gp)
{
	m *mp = thrum_m;
	p *pp = load(mp->p);
	if (locked(gp) && (mp->polled || (runqempty(pp) && load(sched.globsize) == 0 && !(load(pp->claim) & ClaimAsk) &&
		!(load(sched.mainexited) && mp == sched.runner))))
		gogo(gp); // no other goroutine: no need to change threads
	stoprun(mp, gp);
	ready(pp, gp, ReadyYields);
	schedule();
}

// park_m: gp's context is saved. It waits, if its commit agrees.
void
park_m(g *gp)
{
	m *mp = thrum_m;
	bool (*commit)(g *, void *) = gp->commit;
	void *arg = gp->commitarg;
	gp->waitsince = cputicks();
	bump(load(mp->p)->npark, 1);
	stoprun(mp, gp);
	setstatus(gp, Gwaiting);
	if (commit && !commit(gp, arg)) {
		casgstatus(gp, Gwaiting, Grunning); // it may just be frozen
		if (gp->slow & SlowFrozen)
			unfreeze(gp);
		gp->lockedm = NULL;
		mp->lockedg = NULL;
		gogo(gp);
	}
	schedule();
}

void
gopark(enum waitreason why, bool (*commit)(g *, void *), void *arg)
{
	g *gp = getg();
	gp->waitreason = (uint8_t)why;
	gp->commit = commit;
	gp->commitarg = arg;
	mcall(park_m);
}

bool
parkunlock(g *gp, void *arg)
{
	(void)gp;
	unlock(arg);
	return true;
}

// ---- a goroutine ends ----------------------------------------------------------

// cleanup gives back the memory that a goroutine may have besides its first stack.
static __attribute__((noinline)) void
cleanup(g *gp)
{
	gp->defers = (defers){0};
	while (gp->nseg > 0)
		segpop(gp);
	if (gp->segspare) {
		stackfree(gp->segspare, gp->segsparesize);
		gp->segspare = NULL;
	}
	gp->pin = 0;
	ufree(gp->usp);
	gp->usp = 0;
	if (gp == home.gp) {
		if (inhome(gp->stacklo))
			dropstack(gp);
		homeend();
	}
	if (gp->stackkind == StackCopy && gp->stacklo && gp->stacksize != (size_t)1 << gp->startclass) {
		learn((uintptr_t)gp->fn, gp->stacksize);
		if (gp->stacksize > STACK_LEARN_MAX)
			dropstack(gp);
		gp->startclass = 0;
	}
	if (gp->nlock > 0) {
		gp->nlock = 0;
		thrum_m->exiting = !sched.polled; // the goroutine may have changed its thread
	}
	gp->slow = 0;
	store(gp->preempt, 0);
	if (gp->stackkind == StackCopy && gp->stacklo)
		gp->stackguard = guardof(gp->stacklo);
}

void
gexit(m *mp, g *gp)
{
	p *pp = load(mp->p);
	if (gp->usp != 0 || gp->segspare != NULL || gp->copies != 0 || (gp->slow | gp->pin | load(gp->preempt) | gp->nlock) != 0)
		cleanup(gp);
	store(mp->curg, NULL);
	racegoexit(gp);
#ifdef TSAN
	dropstack(gp);
#endif
	setstatus(gp, Gdead);
	gput(pp, gp);
	bump(pp->nexit, 1);
}

// goexit_m: gp has ended. The assembly calls it on the system stack. Returns: the goroutine that
// runs next.
g *
goexit_m(g *gp)
{
	m *mp = thrum_m;
	gexit(mp, gp);
	if (mp->exiting)
		threadend(mp);
	return pick(mp);
}

// ---- the API -----------------------------------------------------------------

static __attribute__((noinline)) int
goslow(void (*fn)(void *), void *arg, uintptr_t pc)
{
	int rc = schedinit();
	if (rc < 0)
		return rc;
	g *gp = spawn(fn, arg, (uintptr_t)fn, pc);
	if (!gp)
		return -ENOMEM;
	ready(getp(), gp, ReadyNew);
	return 0;
}

API int
thrum_go(void (*fn)(void *), void *arg)
{
	p *pp = getp();
	uintptr_t pc = (uintptr_t)__builtin_return_address(0);
	g *gp = pp ? pp->gs.list : NULL;
	// The usual case: the last g that ended also ran fn, on a stack that it did not outgrow.
	if (gp && gp->fn == fn && gp->startclass != 0) {
		fixpop(&gkind, &pp->gs);
		const char *next = pp->gs.list;
		__builtin_prefetch(next);
		__builtin_prefetch(next + CACHELINE);
		__builtin_prefetch(next + 2 * CACHELINE);
		setup(pp, gp, fn, arg, pc);
		ready(pp, gp, ReadyNew);
		return 0;
	}
	return goslow(fn, arg, pc);
}

API thrum_g *
thrum_self(void)
{
	g *gp = getg();
	return gp && gp->goid ? gp : NULL;
}

API uint64_t
thrum_goid(const thrum_g *gp)
{
	return gp ? gp->goid : 0;
}

static bool
parkcommit(g *gp, void *unused)
{
	uint32_t none = 0;
	(void)unused;
	if (atomic_compare_exchange_strong(&gp->token, &none, 2))
		return true;
	atomic_exchange(&gp->token, 0); // a ready has come meanwhile
	return false;
}

PARKS void
thrum_park(void)
{
	g *gp = getg();
	if (!gp)
		fatal("thrum_park outside a goroutine: a plain thread waits by a channel, a thrum_sema or a thrum_cond");
	if (load(gp->token) == 1)
		atomic_exchange(&gp->token, 0);
	else
		gopark(WaitPark, parkcommit, NULL);
	raceacquire(&gp->token);
}

// A token that is set already is written again. Otherwise the goroutine that takes it might miss
// the caller's earlier stores (tests/model/token.pml).
API void
thrum_ready(thrum_g *gp)
{
	racerelease(&gp->token);
	for (;;) {
		uint32_t v = load(gp->token);
		if (atomic_compare_exchange_weak(&gp->token, &v, v == 2 ? 0 : 1)) {
			if (v == 2)
				goready(gp);
			return;
		}
	}
}

static uintptr_t
freeze_m(uintptr_t a, uintptr_t unused)
{
	g *gp = (g *)a;
	(void)unused;
	if (!takewaiting(gp))
		return (uintptr_t)(intptr_t)-EBUSY;
	uint32_t gen = scanhold(gp);
	int rc = freeze(gp);
	if (rc == 0)
		gp->slow |= SlowFrozen;
	scanrelease(gp, gen);
	casfromgscan(gp);
	return (uintptr_t)(intptr_t)rc;
}

API int
thrum_freeze(thrum_g *gp)
{
	return (int)(intptr_t)systemstack(freeze_m, (uintptr_t)gp, 0);
}

API size_t
thrum_set_fixed_stack(size_t bytes)
{
	return atomic_exchange(&fixedstack, bytes < 16384 ? 16384 : (bytes + PAGE - 1) & -(size_t)PAGE);
}

uint64_t
foreignspawns(void)
{
	return load(nforeignspawn);
}
