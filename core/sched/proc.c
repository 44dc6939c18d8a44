// SPDX-License-Identifier: MIT
//
// proc.c - goroutines begin, park, become runnable, end; and what runs next.
//
// schedule is the loop: it runs on the system stack of an m that has a p, finds a goroutine
// (findrunnable) and resumes it; the goroutine comes back by mcall when it parks, yields or
// ends. thrum_yield (yield.asm) skips the loop where it can.
//
// findrunnable looks, in this order,
//
//	1. every 61st time, into the global queue
//	2. into the p's own queue
//	3. into the global queue
//	4. at the other ps, as a spinning m: in random order, again and again for some 20 us
//	   (longer, with naps, while work waits that is not worth taking)
//	5. gives the p back, looks at everything once more, and sleeps
//
// At most half of the busy ps spin. Who makes work wakes one m when there are idle
// ps and nobody spins; a spinning m that finds work wakes the next before it runs it. So
// the number of running ms follows the work without a wake-up for each goroutine. A sleeper
// is not missed: the last m that stops spinning makes everybody pass a barrier between saying
// so and looking once more (tests/model/park.pml).
//
// A spinning p offers itself in sched.spinner. A goroutine that readies its second one since it was
// switched to, and so is a producer, gives it to the spinner directly: one exchange, and the other
// reads it from a line that it waits for. The first one goes to the next slot of its own
// p, because whoever wakes one partner mostly parks right after.
//
// Goroutines that change processors bring some five cache lines each and cost the thief a barrier. An
// m that takes work looks afterwards how long each of them ran: below a microsecond its p leaves such
// work where it is, unless nobody else runs or who has it does not switch, and tries again
// after a millisecond. While it leaves work it stays and naps, so that nobody wakes it for nothing.
//
// The runtime is not preempted: a function here that has read its p keeps it until it parks,
// because newstack gives way only in code that thrumcc has built.

#include "core/sched/proc.h"

#include <errno.h>
#include <string.h>

#include "arch/arch.h"
#include "core/base/debug.h"
#include "core/base/modules.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/diag/crash.h"
#include "core/sched/runq.h"
#include "core/stack/stack.h"

#define GSLAB (1u << 20) // bytes of g structs mapped at a time
#define GBATCH 16        // new ones taken at a time
#define GKEEP 64         // dead ones that a p keeps
#define GOIDBATCH 16
#define LEARN 256        // entries, a power of two
#define MINSHIFT 11
#define SPINTICKS 60000  // cputicks that an m spins: some 20 us
#define LATETICKS 10000  // ... after which it takes what another p would run next
#define TINYTICKS 3000   // about a microsecond: what a goroutine costs that changes processors
#define PROBETICKS 3000000 // after a millisecond of waiting work it tries again all the same
#define NAP 50000        // ns
#define TRACK 64         // one in so many ways from runnable to running is timed

schedt sched = {.lock = MUTEX(RankSched), .alllock = MUTEX(RankAllg), .maxthreads = 10000};
p *allp[MAXPROCS];

static _Atomic size_t fixedstack = 256u << 10;
static char *gbump, *gbumpend; // alllock

// What start size a function has needed: the function, and log2 of the size in the top byte.
static _Atomic uint64_t learned[LEARN];

// ---- states ------------------------------------------------------------------

static const uint8_t allowed[NGSTATUS] = {
	[Gidle] = 1 << Gdead,
	[Grunnable] = 1 << Grunning,
	[Grunning] = 1 << Grunnable | 1 << Gwaiting | 1 << Gsyscall | 1 << Gdead,
	[Gsyscall] = 1 << Grunning | 1 << Grunnable,
	[Gwaiting] = 1 << Grunnable | 1 << Grunning, // the latter: a commit said no
	[Gdead] = 1 << Grunnable,
};

static uintptr_t
badstate(uintptr_t goid, uintptr_t states)
{
	print("thrum: goroutine %lu cannot go from state %u to %u\n", (unsigned long)goid, (unsigned)(states >> 16),
		(unsigned)(states & 0xffff));
	throw("goroutine state");
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
			throw("casgstatus: the goroutine is in another state");
		if (n % 64 == 63)
			osyield();
		else
			__builtin_ia32_pause();
	}
}

void
setstatus(g *gp, enum gstatus to)
{
	if (debug.check)
		check(gp, load(gp->status), to);
	storerel(gp->status, to);
}

bool
castogscan(g *gp)
{
	uint32_t v = Gwaiting;
	return atomic_compare_exchange_strong(&gp->status, &v, Gwaiting | Gscan);
}

void
casfromgscan(g *gp)
{
	storerel(gp->status, Gwaiting);
}

// ---- a goroutine begins --------------------------------------------------------

// gmake puts up to GBATCH new goroutines into pp's list, or one into the global one. False
// without memory.
static bool
gmake(g **list, uint32_t *n, int batch)
{
	bool ok = false;
	lock(&sched.alllock);
	for (; batch > 0; batch--) {
		if (gbump == gbumpend) {
			char *slab = osmap(GSLAB, PAGE);
			if (!slab)
				break;
			gbump = slab;
			gbumpend = slab + GSLAB;
		}
		size_t nall = load(sched.nallg);
		if (nall == sched.capallg) {
			size_t cap = sched.capallg ? 2 * sched.capallg : 512;
			g **all = osmap(cap * sizeof *all, PAGE);
			if (!all)
				break;
			// The old one stays: a report may be reading it.
			if (sched.allg)
				memcpy(all, sched.allg, nall * sizeof *all);
			__atomic_store_n(&sched.allg, all, __ATOMIC_RELEASE);
			sched.capallg = cap;
		}
		g *gp = (g *)gbump;
		gbump += sizeof(g);
		sched.allg[nall] = gp;
		storerel(sched.nallg, nall + 1);
		setstatus(gp, Gdead);
		gp->schedlink = *list;
		*list = gp;
		++*n;
		ok = true;
	}
	unlock(&sched.alllock);
	return ok;
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

// gtake returns a dead g, from pp's list, which may be NULL, or the global one. System stack.
static g *
gtake(p *pp)
{
	g *gp;
	if (!pp) {
		lock(&sched.lock);
		if (!sched.gfree)
			gmake(&sched.gfree, &sched.ngfree, 1);
		if ((gp = sched.gfree)) {
			sched.gfree = gp->schedlink;
			sched.ngfree--;
		}
		unlock(&sched.lock);
		return gp;
	}
	if (!pp->gfree && sched.gfree) {
		lock(&sched.lock);
		while (pp->ngfree < GKEEP / 2 && (gp = sched.gfree)) {
			sched.gfree = gp->schedlink;
			sched.ngfree--;
			gp->schedlink = pp->gfree;
			pp->gfree = gp;
			pp->ngfree++;
		}
		unlock(&sched.lock);
	}
	if (!pp->gfree && !gmake(&pp->gfree, &pp->ngfree, GBATCH))
		return NULL;
	gp = pp->gfree;
	pp->gfree = gp->schedlink;
	pp->ngfree--;
	return gp;
}

void
gflush(p *pp)
{
	while (pp->gfree) {
		g *gp = pp->gfree;
		pp->gfree = gp->schedlink;
		gp->schedlink = sched.gfree;
		sched.gfree = gp;
		sched.ngfree++;
	}
	pp->ngfree = 0;
}

// gput keeps a dead goroutine with its stack.
static inline void
gput(p *pp, g *gp)
{
	gp->schedlink = pp->gfree;
	pp->gfree = gp;
	if (++pp->ngfree < GKEEP)
		return;
	lock(&sched.lock);
	while (pp->ngfree > GKEEP / 2) {
		gp = pp->gfree;
		pp->gfree = gp->schedlink;
		pp->ngfree--;
		gp->schedlink = sched.gfree;
		sched.gfree = gp;
		sched.ngfree++;
	}
	unlock(&sched.lock);
}

// gnew returns a g for fn with a stack: the slow part of thrum_go. System stack.
static uintptr_t
gnew(uintptr_t fn, uintptr_t text)
{
	p *pp = getp();
	g *gp = gtake(pp);
	if (!gp)
		return 0;
	if (!sched.sysmonon)
		sysmonstart();
	enum stackkind kind = instrumented(text) ? StackCopy : StackFixed;
	int class = kind == StackCopy ? classof(fn) : 0;
	size_t size = kind == StackCopy ? (size_t)1 << class : load(fixedstack);
	if (gp->stackkind != kind || gp->stacksize != size)
		dropstack(gp);
	if (!gp->stacklo) {
		char *lo = kind == StackCopy ? stackalloc(size) : stackfixed(size);
		if (!lo) {
			lock(&sched.lock);
			gp->schedlink = sched.gfree;
			sched.gfree = gp;
			sched.ngfree++;
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

// track times one way from runnable to running in TRACK. The owner of gp.
static inline void
track(p *pp, g *gp)
{
	if (++pp->ntrack % TRACK == 0) {
		gp->slow |= SlowTrack;
		gp->waitsince = cputicks();
	}
}

// setup makes gp, which has a stack, start fn(arg). What a dead g leaves at zero is not
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
	__asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(gp->mxcsr), "=m"(gp->fpcw));
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
unspawn(g *gp)
{
	lock(&sched.lock);
	store(gp->status, Gdead);
	gp->schedlink = sched.gfree;
	sched.gfree = gp;
	sched.ngfree++;
	unlock(&sched.lock);
	atomic_fetch_sub(&nforeignspawn, 1);
}

void
foreignspawnfork(void)
{
	store(nforeignspawn, 0);
}

static uintptr_t
submitglobal(uintptr_t gp, uintptr_t unused)
{
	(void)unused;
	lock(&sched.lock);
	globput1((g *)gp);
	unlock(&sched.lock);
	if (sched.polled)
		pollwake();
	else if (needwake())
		wakep();
	return 0;
}

static uintptr_t
wakep_m(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	wakep();
	return 0;
}

void
submit(g *gp)
{
	p *pp = getp();
	if (!pp) {
		systemstack(submitglobal, (uintptr_t)gp, 0);
		return;
	}
	runqput(pp, gp);
	if (needwake())
		systemstack(wakep_m, 0, 0);
}

// ---- the loop ----------------------------------------------------------------

static uint64_t
random64(m *mp)
{
	// Marsaglia's xorshift
	uint64_t x = mp->rng;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return mp->rng = x;
}

bool
anywork(p *self)
{
	uint32_t n = load(sched.nprocs);
	if (load(sched.globsize) > 0)
		return true;
	for (uint32_t i = 0; i < n; i++)
		if (allp[i] != self && !runqempty(allp[i]))
			return true;
	return false;
}

void
lastlook(void)
{
	if (sched.asymmetric && load(sched.nprocs) > 1)
		osbarrier();
	else
		atomic_thread_fence(memory_order_seq_cst);
}

// stealwork looks at every other p once, in random order. late: also takes what they would run next.
static g *
stealwork(m *mp, p *pp, bool late)
{
	uint32_t n = load(sched.nprocs), at = (uint32_t)(random64(mp) % n);
	for (uint32_t i = 0; i < n; i++, at = at + 1 == n ? 0 : at + 1) {
		p *victim = allp[at];
		if (victim == pp || runqempty(victim))
			continue;
		if (!late && ringempty(victim))
			continue;
		g *gp = runqsteal(pp, victim, late);
		if (gp)
			return gp;
	}
	return NULL;
}

// unoffer takes back pp's offer to be given a goroutine; returns the one that came before.
static g *
unoffer(p *pp)
{
	p *self = pp;
	g *gp;
	if (atomic_compare_exchange_strong(&sched.spinner, &self, NULL))
		return NULL;
	while (!(gp = loadacq(pp->inbox)))
		__builtin_ia32_pause();
	store(pp->inbox, NULL);
	return gp;
}

// backlog: somebody has work that waits. *ticks: the switches of those who have.
static bool
backlog(p *self, uint32_t *ticks)
{
	uint32_t n = load(sched.nprocs);
	bool any = load(sched.globsize) > 0;
	*ticks = 0;
	for (uint32_t i = 0; i < n; i++)
		if (allp[i] != self && (!runqempty(allp[i]) || any)) {
			any = true;
			*ticks += load(allp[i]->schedtick);
		}
	return any;
}

static g *
globtake(p *pp)
{
	if (load(sched.globsize) == 0)
		return NULL;
	lock(&sched.lock);
	g *gp = globget(pp, RUNQ / 2);
	unlock(&sched.lock);
	return gp;
}

// judge whether what pp took from others was worth it: goroutines that run for less than they
// cost on their way from one cache to another are better left where they are.
static void
judge(p *pp, uint64_t now)
{
	uint32_t n = load(pp->schedtick) - pp->caughttick;
	if (pp->caughtat && n > 0)
		pp->tiny = (now - pp->caughtat) / n < TINYTICKS;
	pp->caughtat = 0;
}

// spin looks for work for some 20 us; and goes on, with naps, while there is work that it leaves
// to others. NULL: there is none.
static g *
spin(m *mp, p *pp)
{
	uint64_t start = cputicks(), now = start, first = start;
	uint32_t tick = 0, ticks;
	uint64_t since = 0; // work waits, and who has it has not switched since
	g *gp = NULL;
	bool offered = false, any = false;
	judge(pp, now);
	for (;;) {
		p *none = NULL;
		if (!offered)
			offered = atomic_compare_exchange_strong(&sched.spinner, &none, pp);
		for (int k = 0; k < 24 && !loadacq(pp->inbox); k++)
			__builtin_ia32_pause();
		if (loadacq(pp->inbox) || load(pp->claim) & ClaimStop)
			break;
		now = cputicks();
		if ((any = backlog(pp, &ticks))) {
			if (ticks != tick || since == 0) {
				tick = ticks;
				since = now;
			}
			bool nobody = load(sched.npidle) + load(sched.nmspinning) >= load(sched.nprocs);
			if (!pp->tiny || nobody || now - since > SPINTICKS / 2 || now - first > PROBETICKS) {
				if ((gp = globtake(pp)) || (gp = stealwork(mp, pp, now - since > LATETICKS)))
					break;
			}
		} else {
			since = 0;
			first = now;
		}
		if (now - start < SPINTICKS)
			continue;
		if (!any)
			break;
		if (offered && (gp = unoffer(pp)))
			return gp;
		offered = false;
		osnap(NAP);
		start = cputicks();
	}
	if (gp) {
		pp->caughtat = now;
		pp->caughttick = load(pp->schedtick);
	}
	if (offered) {
		g *given = unoffer(pp);
		if (given && gp)
			runqput(pp, given);
		else if (given)
			gp = given;
	}
	return gp;
}

static void
resetspinning(m *mp)
{
	if (!mp->spinning)
		return;
	mp->spinning = false;
	if (atomic_fetch_sub(&sched.nmspinning, 1) == 1 && needwake())
		wakep();
}

// findrunnable returns a goroutine to run; sleeps until there is one. mp has a p, then and now.
static g *
findrunnable(m *mp, bool *inherit)
{
	g *gp;
	*inherit = false;
	for (;;) {
		p *pp = load(mp->p);
		if (load(sched.mainexited) && mp == sched.runner)
			leave(mp);
		if (load(pp->claim) & ClaimStop) {
			gcstopm(mp);
			continue;
		}
		if (mp->polled && cputicks() > mp->pollend)
			leave(mp);
		uint32_t tick = load(pp->schedtick) + 1;
		if ((int32_t)(tick - pp->globtick) >= 0) {
			pp->globtick = tick + GLOBTICK;
			bump(pp->nglobpoll, 1);
			if (load(sched.globsize) > 0) {
				lock(&sched.lock);
				gp = globget(pp, 1);
				unlock(&sched.lock);
				if (gp)
					return gp;
			}
		}
		if ((gp = runqget(pp, inherit)))
			return gp;
		runqflush(pp);
		if (!pp->tiny && (gp = globtake(pp)))
			return gp;
		if (mp->polled)
			leave(mp);
		uint32_t busy = load(sched.nprocs) - load(sched.npidle);
		if (load(sched.nprocs) > 1 && (mp->spinning || 2 * load(sched.nmspinning) < busy)) {
			if (!mp->spinning) {
				mp->spinning = true;
				atomic_fetch_add(&sched.nmspinning, 1);
			}
			if ((gp = spin(mp, pp)))
				return gp;
			if (load(pp->claim) & ClaimStop)
				continue;
		} else if ((gp = globtake(pp))) {
			return gp;
		}
		// Nothing. The p goes to the idle ones; then a last look.
		lock(&sched.lock);
		if (sched.stopping || load(sched.globsize) > 0) {
			unlock(&sched.lock);
			continue;
		}
		releasep(mp);
		pidleput(pp);
		unlock(&sched.lock);
		bool wasspinning = mp->spinning;
		if (wasspinning) {
			mp->spinning = false;
			atomic_fetch_sub(&sched.nmspinning, 1);
		}
		lastlook();
		if (anywork(NULL)) {
			lock(&sched.lock);
			if (!sched.stopping && (pp = pidleget())) {
				unlock(&sched.lock);
				acquirep(mp, pp);
				mp->spinning = true;
				atomic_fetch_add(&sched.nmspinning, 1);
				continue;
			}
			unlock(&sched.lock);
		}
		stopm(mp);
	}
}

static uint64_t
latencybucket(uint64_t ns)
{
	uint64_t b = ns ? 63 - (uint64_t)__builtin_clzl(ns) : 0;
	return b < NLATENCY ? b : NLATENCY - 1;
}

static void
unfreeze(g *gp)
{
	if (!thaw(gp))
		fatal("out of memory: a frozen stack cannot be thawed");
}

// ahead fetches what those need that run soon: with many goroutines memory decides.
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

// resume prepares gp to run on mp, which has taken it out of a queue.
static void
resume(m *mp, g *gp, bool inherit)
{
	p *pp = load(mp->p);
	ahead(pp);
	if (mp->nregfree > REGKEEP)
		regflush(mp);
	if (!inherit) {
		bump(pp->schedtick, 1);
		if (load(pp->claim) & ClaimSlice)
			atomic_fetch_and(&pp->claim, ~(uint32_t)ClaimSlice);
	}
	pp->nready = 0;
	if (gp->slow) {
		if (gp->slow & SlowTrack) {
			gp->slow &= (uint16_t)~SlowTrack;
			bump(pp->latency[latencybucket(ticksns(cputicks() - gp->waitsince))], 1);
		}
		if (gp->slow & SlowFrozen)
			unfreeze(gp);
	}
	if (debug.check) {
		if (load(pp->m) != mp || load(mp->curg) != NULL || gp->lockedm)
			throw("resume: m, p and g do not belong together");
		check(gp, load(gp->status), Grunning);
	}
}

// pick returns who runs next on mp.
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
		g *gp = findrunnable(mp, &inherit);
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

void
enqueue(g *gp)
{
	lock(&sched.lock);
	setstatus(gp, Grunnable);
	globput1(gp);
	unlock(&sched.lock);
	if (sched.polled)
		pollwake();
	else if (needwake())
		wakep();
}

// yield_m: thrum_yield's slow way; gp's context is saved.
_Noreturn void
yield_m(g *gp)
{
	m *mp = thrum_m;
	p *pp = load(mp->p);
	if (locked(gp) && (mp->polled || (runqempty(pp) && load(sched.globsize) == 0 && !(load(pp->claim) & ClaimStop) &&
		!(load(sched.mainexited) && mp == sched.runner))))
		gogo(gp); // nobody else: no need to change threads
	stoprun(mp, gp);
	setstatus(gp, Grunnable);
	runqyield(pp, gp);
	schedule();
}

static void
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
		casgstatus(gp, Gwaiting, Grunning); // it may be frozen just now
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

// handover gives gp to a p that spins. False when none does.
static bool
handover(p *pp, g *gp)
{
	if (!load(sched.spinner))
		return false;
	p *to = atomic_exchange(&sched.spinner, NULL);
	if (!to)
		return false;
	bump(pp->nhandover, 1);
	storerel(to->inbox, gp);
	return true;
}

void
goready(g *gp)
{
	if (gp->thread) {
		casgstatus(gp, Gwaiting, Grunnable);
		notewakeup(gp->thread);
		return;
	}
	if (load(gp->status) == Gdead)
		return; // lost in a fork
	p *pp = getp();
	casgstatus(gp, Gwaiting, Grunnable);
	if (!pp) {
		systemstack(submitglobal, (uintptr_t)gp, 0);
		return;
	}
	track(pp, gp);
	if (pp->nready++ > 0 && handover(pp, gp))
		return;
	runqputnext(pp, gp);
	if (needwake())
		systemstack(wakep_m, 0, 0);
}

// ---- a goroutine ends ----------------------------------------------------------

// cleanup gives back what a goroutine may have besides its first stack.
static __attribute__((noinline)) void
cleanup(g *gp)
{
	if (gp->ncallback > 0)
		fatal("thrum_goexit in a callback: the foreign function that called it cannot be unwound");
	while (gp->nseg > 0)
		segpop(gp);
	if (gp->segspare) {
		stackfree(gp->segspare, gp->segsparesize);
		gp->segspare = NULL;
	}
	gp->pin = 0;
	ufree(gp->usp);
	gp->usp = 0;
	if (gp->stackkind == StackCopy && gp->stacksize != (size_t)1 << gp->startclass) {
		learn((uintptr_t)gp->fn, gp->stacksize);
		if (gp->stacksize > STACK_LEARN_MAX)
			dropstack(gp);
		gp->startclass = 0;
	}
	if (gp->nlock > 0) {
		gp->nlock = 0;
		thrum_m->exiting = !sched.polled; // who knows what it has done to its thread
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
	setstatus(gp, Gdead);
	gput(pp, gp);
	bump(pp->nexit, 1);
}

// goexit_m: gp has ended; returns who runs next. Called by the assembly on the system stack.
g *
goexit_m(g *gp)
{
	m *mp = thrum_m;
	gexit(mp, gp);
	if (mp->exiting)
		threadend(mp);
	return pick(mp);
}

static void
ended_m(g *gp)
{
	gogo(goexit_m(gp));
}

// ---- the API -----------------------------------------------------------------

API int
thrum_go(void (*fn)(void *), void *arg)
{
	p *pp = getp();
	uintptr_t pc = (uintptr_t)__builtin_return_address(0);
	g *gp = pp ? pp->gfree : NULL;
	// The usual case: the last g that ended ran fn too, on a stack that it did not outgrow.
	if (gp && gp->fn == fn && gp->startclass != 0) {
		pp->gfree = gp->schedlink;
		pp->ngfree--;
		__builtin_prefetch(pp->gfree);
		__builtin_prefetch((const char *)pp->gfree + CACHELINE);
		__builtin_prefetch((const char *)pp->gfree + 2 * CACHELINE);
		setup(pp, gp, fn, arg, pc);
		track(pp, gp);
		runqput(pp, gp);
		if (needwake())
			systemstack(wakep_m, 0, 0);
		return 0;
	}
	int rc = schedinit();
	if (rc < 0)
		return rc;
	if (!(gp = spawn(fn, arg, (uintptr_t)fn, pc)))
		return -ENOMEM;
	submit(gp);
	return 0;
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

PARKS _Noreturn void
thrum_goexit(void)
{
	g *gp = getg();
	if (!gp)
		fatal("thrum_goexit outside of a goroutine");
	mcall(ended_m);
	__builtin_unreachable();
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
		fatal("thrum_park outside of a goroutine");
	if (load(gp->token) == 1) {
		atomic_exchange(&gp->token, 0);
		return;
	}
	gopark(WaitPark, parkcommit, NULL);
}

// Also a token that is there already is written again: what the caller has stored before must be seen
// by the one who takes it, or else the token is missed by neither (tests/model/token.pml).
API void
thrum_ready(thrum_g *gp)
{
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
	if (!castogscan(gp))
		return (uintptr_t)(intptr_t)-EBUSY;
	int rc = freeze(gp);
	if (rc == 0)
		gp->slow |= SlowFrozen;
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
