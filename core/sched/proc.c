// SPDX-License-Identifier: MIT
//
// proc.c - goroutines come, run, wait and end.
//
// One m and one p run everything; the structs are those of many. Scheduler code runs
// on the system stack as g0. A system stack is the m's, with one exception: a goroutine
// that parks inside a callback from foreign code leaves foreign frames there, so it
// takes that system stack with it and the scheduler goes on with a spare one, until the
// goroutine runs again. `slow` in its g keeps the assembly's fast switch away from it.
//
// A dead g keeps its first stack and waits in the p's list: spawning is then a few
// stores. What size that stack has is learned per entry function: a goroutine that had
// to grow makes the next one of its kind start at the size it ended with.

#include "core/sched/proc.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "arch/arch.h"
#include "core/base/debug.h"
#include "core/base/modules.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/diag/crash.h"
#include "core/sched/runq.h"
#include "core/stack/stack.h"

#define API __attribute__((visibility("default")))
// Calls that may park: their prologue brings foreign callers home (callback.asm).
#define PARKS __attribute__((visibility("default"), section("thrum_api")))

#define SYSSTACK (8u << 20)    // bytes of a spare system stack, committed lazily
#define GSLAB (1u << 20)       // bytes of g structs mapped at a time
#define GOIDBATCH 16
#define LEARN 256              // entries, a power of two
#define MINSHIFT 11

schedt sched;
m m0;
p p0;

static size_t fixedstack = 256u << 10;
static bool inited;
static char *gbump, *gbumpend;

static struct {
	uintptr_t fn;
	uint8_t class;
} learned[LEARN];

// ---- start -----------------------------------------------------------------

int
schedinit(void)
{
	if (inited)
		return 0;
	osinit();
	debuginit();
	modulesinit();
	signalinit();
	m0.p = &p0;
	p0.m = &m0;
	runqinit(&p0, &m0.g0);
	m0.g0.m = &m0;
	m0.g0.status = Grunning;
	m0.sysstack = &m0.stack0;
	inited = true;
	return 0;
}

static g *
gmake(void)
{
	if (gbump == gbumpend) {
		char *slab = osmap(GSLAB, PAGE);
		if (!slab)
			return NULL;
		gbump = slab;
		gbumpend = slab + GSLAB;
	}
	if (sched.nallg == sched.capallg) {
		size_t cap = sched.capallg ? 2 * sched.capallg : 512;
		g **all = osmap(cap * sizeof *all, PAGE);
		if (!all)
			return NULL;
		if (sched.allg) {
			memcpy(all, sched.allg, sched.nallg * sizeof *all);
			osunmap(sched.allg, sched.capallg * sizeof *all);
		}
		sched.allg = all;
		sched.capallg = cap;
	}
	g *gp = (g *)gbump;
	gbump += sizeof(g);
	sched.allg[sched.nallg++] = gp;
	return gp;
}

static int
classof(uintptr_t fn)
{
	unsigned i = (fn >> 4) & (LEARN - 1);
	return learned[i].fn == fn ? learned[i].class : MINSHIFT;
}

static void
learn(uintptr_t fn, size_t size)
{
	unsigned i = (fn >> 4) & (LEARN - 1);
	if (size > STACK_LEARN_MAX)
		size = STACK_LEARN_MAX;
	learned[i].fn = fn;
	learned[i].class = (uint8_t)__builtin_ctzl(size);
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
}

// gnew returns a g for fn with a stack: the slow part of thrum_go. System stack.
static uintptr_t
gnew(uintptr_t fn, uintptr_t text)
{
	p *pp = &p0;
	g *gp = pp->gfree;
	if (gp)
		pp->gfree = gp->schedlink;
	else if (!(gp = gmake()))
		return 0;
	enum stackkind kind = instrumented(text) ? StackCopy : StackFixed;
	int class = kind == StackCopy ? classof(fn) : 0;
	if (gp->stackkind != kind || (kind == StackCopy ? gp->stacksize != (size_t)1 << class : gp->stacksize != fixedstack))
		dropstack(gp);
	if (!gp->stacklo) {
		size_t size = kind == StackCopy ? (size_t)1 << class : fixedstack;
		char *lo = kind == StackCopy ? stackalloc(size) : stackfixed(size);
		if (!lo) {
			gp->status = Gdead;
			gp->schedlink = pp->gfree;
			pp->gfree = gp;
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
	gp->ready = 0;
	gp->copies = 0;
	__asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(gp->mxcsr), "=m"(gp->fpcw));
	if (pp->goidnext == pp->goidend) {
		pp->goidnext = sched.goidgen + 1;
		sched.goidgen += GOIDBATCH;
		pp->goidend = sched.goidgen + 1;
	}
	gp->goid = pp->goidnext++;
	gp->status = Grunnable;
	pp->nspawn++;
}

// spawn returns a runnable goroutine for fn(arg), NULL when there is no memory. The code at
// text tells which kind of stack it gets: fn, or what fn will call.
static __attribute__((noinline)) g *
spawn(void (*fn)(void *), void *arg, uintptr_t text, uintptr_t pc)
{
	g *gp = (g *)systemstack(gnew, (uintptr_t)fn, text);
	if (gp)
		setup(&p0, gp, fn, arg, pc);
	return gp;
}

// ---- the loop ----------------------------------------------------------------

// takesysstack gives the goroutine its system stack back.
static void
takesysstack(m *mp, g *gp)
{
	if (gp->sysstack == &mp->stack0 && gp->sysrun != mp->nrun)
		fatal("a goroutine that waits in a callback cannot go on: the thrum_run on whose stack its foreign callers "
		      "were has returned");
	if (mp->sysstack != gp->sysstack) {
		mp->sysstack->next = mp->spare;
		mp->spare = mp->sysstack;
		mp->sysstack = gp->sysstack;
	}
	mp->sysp = gp->sysp;
}

// leavesysstack lets gp keep the system stack on which its foreign callers wait.
static void
leavesysstack(m *mp, g *gp)
{
	gp->sysp = mp->sysp;
	gp->sysstack = mp->sysstack;
	gp->sysrun = mp->nrun;
	sysstack *s = mp->spare;
	if (s) {
		mp->spare = s->next;
	} else {
		char *lo = osmap(SYSSTACK, PAGE);
		if (!lo || osguard(lo, PAGE) != 0)
			fatal("out of memory: no system stack for a goroutine that parks in a callback");
		s = (sysstack *)(lo + SYSSTACK) - 1;
		s->lo = lo + PAGE;
		s->hi = (char *)s;
	}
	mp->sysstack = s;
	mp->sysp = (uintptr_t)s->hi & ~(uintptr_t)63;
}

static _Noreturn void
execute(m *mp, g *gp)
{
	if (gp->ncallback > 0)
		takesysstack(mp, gp);
	mp->p->schedtick++;
	gogo(gp);
}

// pick returns who runs next, its system stack in place.
static inline g *
pick(m *mp)
{
	if (sched.mainexited)
		runleave(mp);
	g *gp = runqget(mp->p);
	if (!gp)
		fatalall("all goroutines are asleep - deadlock!");
	if (gp->ncallback > 0)
		takesysstack(mp, gp);
	return gp;
}

static _Noreturn void
schedule(void)
{
	m *mp = thrum_m;
	g *gp = pick(mp);
	mp->p->schedtick++;
	gogo(gp);
}

// yield_m: thrum_yield's slow way; gp's context is saved.
_Noreturn void
yield_m(g *gp)
{
	m *mp = gp->m;
	gp->status = Grunnable;
	if (gp->ncallback > 0)
		leavesysstack(mp, gp);
	// Next first, then gp behind it: alone, gp goes on.
	g *next = runqget(mp->p);
	runqyield(mp->p, gp);
	if (!next)
		next = runqget(mp->p);
	execute(mp, next);
}

static void
park_m(g *gp)
{
	gp->status = Gwaiting;
	gp->waitsince = cputicks();
	if (gp->ncallback > 0)
		leavesysstack(gp->m, gp);
	schedule();
}

void
gopark(enum waitreason why)
{
	g *gp = getg();
	gp->waitreason = (uint8_t)why;
	mcall(park_m);
}

static uintptr_t
thaw_m(uintptr_t gp, uintptr_t unused)
{
	(void)unused;
	if (!thaw((g *)gp))
		fatal("out of memory: a frozen stack cannot be thawed");
	return 0;
}

void
goready(g *gp)
{
	if (gp->frozen)
		systemstack(thaw_m, (uintptr_t)gp, 0);
	gp->status = Grunnable;
	runqput(&p0, gp);
}

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
}

// goexit_m: gp has ended; returns who runs next. Called by the assembly on the system stack.
g *
goexit_m(g *gp)
{
	m *mp = gp->m;
	p *pp = mp->p;
	if (gp->usp != 0 || gp->segspare != NULL || gp->copies != 0 || (gp->ncallback | gp->pin) != 0)
		cleanup(gp);
	gp->status = Gdead;
	gp->schedlink = pp->gfree;
	pp->gfree = gp;
	pp->nexit++;
	pp->schedtick++;
	return pick(mp);
}

static void
ended_m(g *gp)
{
	gogo(goexit_m(gp));
}

// ---- the API -----------------------------------------------------------------

// mine tells whether the calling thread may use the scheduler.
static bool
mine(void)
{
	g *gp = getg();
	return gp ? gp->m != NULL : !sched.running || sched.owner == ostid();
}

struct mainarg {
	int (*fn)(void *);
	void *arg;
	int status;
};

static void
mainexit_m(g *gp)
{
	sched.mainexited = true;
	goexit_m(gp);
	__builtin_unreachable();
}

static void
mainstart(void *a)
{
	struct mainarg *ma = a;
	ma->status = ma->fn(ma->arg);
	mcall(mainexit_m);
}

static void
runloop(void)
{
	m0.stack0.hi = (char *)m0.sysp; // above it are thrum_run's callers
	schedule();
}

// useownstack makes the thread's own stack the one that foreign code runs on.
static void
useownstack(m *mp)
{
	mp->nrun++;
	if (mp->sysstack != &mp->stack0) {
		mp->sysstack->next = mp->spare;
		mp->spare = mp->sysstack;
		mp->sysstack = &mp->stack0;
	}
	for (sysstack **s = &mp->spare; *s; s = &(*s)->next)
		if (*s == &mp->stack0) {
			*s = (*s)->next;
			break;
		}
}

int
run(int (*fn)(void *), void *arg, int *status, uintptr_t text)
{
	if (getg() || sched.running)
		return -EBUSY;
	int rc = schedinit();
	if (rc < 0)
		return rc;
	m *mp = &m0;
	int tid = ostid();
	mp->errnop = &errno;
	if ((rc = altstackinit(mp)) < 0)
		return rc;
	// Asking for the bounds of a stack reads /proc: once is enough.
	if (mp->tid != tid && (rc = osstack(&mp->stack0.lo, &mp->stack0.hi)) < 0)
		return rc;
	mp->tid = tid;
	useownstack(mp);
	struct mainarg ma = {fn, arg, 0};
	g *gp = spawn(mainstart, &ma, text, 0);
	if (!gp)
		return -ENOMEM;
	sched.owner = mp->tid;
	sched.running = true;
	sched.mainexited = false;
	runqput(mp->p, gp);
	thrum_m = mp;
	mp->g0.usp = gettcb_usp();
	settcb_g(&mp->g0);
	runenter(mp, runloop);
	thrum_m = NULL;
	settcb_g(NULL);
	settcb_usp(mp->g0.usp);
	settcb_guard(0);
	sched.running = false;
	if (status)
		*status = ma.status;
	return 0;
}

API int
thrum_run(int (*fn)(void *), void *arg, int *status)
{
	return run(fn, arg, status, (uintptr_t)fn);
}

API int
thrum_go(void (*fn)(void *), void *arg)
{
	if (!mine())
		return -EPERM;
	p *pp = &p0;
	g *gp = pp->gfree;
	uintptr_t pc = (uintptr_t)__builtin_return_address(0);
	// The usual case: the last g that ended ran fn too, on a stack that it did not outgrow.
	if (gp && gp->fn == fn && gp->startclass != 0) {
		pp->gfree = gp->schedlink;
		setup(pp, gp, fn, arg, pc);
	} else {
		schedinit();
		if (!(gp = spawn(fn, arg, (uintptr_t)fn, pc)))
			return -ENOMEM;
	}
	runqput(pp, gp);
	return 0;
}

API thrum_g *
thrum_self(void)
{
	return getg();
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

PARKS void
thrum_park(void)
{
	g *gp = getg();
	if (!gp)
		fatal("thrum_park outside of a goroutine");
	if (gp->ready) {
		gp->ready = 0;
		return;
	}
	gopark(WaitPark);
}

API void
thrum_ready(thrum_g *gp)
{
	if (!mine())
		fatal("thrum_ready on a thread that does not run goroutines");
	if (gp->status == Gwaiting && gp->waitreason == WaitPark)
		goready(gp);
	else if (gp->status != Gdead)
		gp->ready = 1;
}

API int
thrum_stack_info(thrum_g *gp, thrum_stackinfo *info)
{
	g *me = getg();
	if (!gp)
		gp = me;
	if (!gp)
		return -EINVAL;
	// The caller's own context is not saved, unless foreign code asks for it. A distance,
	// not an address: every call may move the stack.
	size_t top = (size_t)(gp->stacklo + gp->stacksize - (char *)gp->sched.sp);
	if (gp == me && (uintptr_t)__builtin_frame_address(0) - (uintptr_t)gp->stacklo < gp->stacksize)
		top = (size_t)(gp->stacklo + gp->stacksize - (char *)__builtin_frame_address(0)) - 16;
	*info = (thrum_stackinfo){
		.size = gp->stacksize,
		.used = gp->frozen ? gp->frozenused : top + stackbelow(gp),
		.segments = gp->nseg + 1,
		.copies = gp->copies,
		.unsafe = ubytes(gp == me ? gettcb_usp() : gp->usp),
		.movable = gp->stackkind == StackCopy && gp->pin == 0,
		.frozen = gp->frozen,
	};
	return 0;
}

static uintptr_t
freeze_m(uintptr_t gp, uintptr_t unused)
{
	(void)unused;
	return (uintptr_t)(intptr_t)freeze((g *)gp);
}

API int
thrum_freeze(thrum_g *gp)
{
	return (int)(intptr_t)systemstack(freeze_m, (uintptr_t)gp, 0);
}

static void
shrink_m(g *gp)
{
	size_t used = gp->stacksize - (gp->sched.sp - (uintptr_t)gp->stacklo), size = gp->stacksize;
	while (size > THRUM_STACK_MIN && used < size / 4)
		size /= 2;
	while (size < used + 2 * THRUM_GUARD)
		size *= 2;
	if (size < gp->stacksize && gp->pin == 0 && gp->stackkind == StackCopy)
		copystack(gp, size);
	if (gp->segspare) {
		stackfree(gp->segspare, gp->segsparesize);
		gp->segspare = NULL;
	}
	ushrink(gp->usp);
	gogo(gp);
}

PARKS size_t
thrum_stack_shrink(void)
{
	if (!getg())
		return 0;
	mcall(shrink_m);
	return getg()->stacksize;
}

static uintptr_t
trim_m(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	return stacktrim() + utrim();
}

API size_t
thrum_stack_trim(void)
{
	return systemstack(trim_m, 0, 0);
}

API size_t
thrum_set_max_stack(size_t bytes)
{
	size_t old = maxstack;
	maxstack = bytes < THRUM_STACK_MIN ? THRUM_STACK_MIN : bytes;
	return old;
}

API size_t
thrum_set_fixed_stack(size_t bytes)
{
	size_t old = fixedstack;
	fixedstack = bytes < 16384 ? 16384 : (bytes + PAGE - 1) & -(size_t)PAGE;
	return old;
}

API void
thrum_get_stats(thrum_stats *out)
{
	*out = (thrum_stats){
		.goroutines = p0.nspawn - p0.nexit,
		.spawned = p0.nspawn,
		.switches = p0.schedtick,
		.copies = sched.copies,
		.segments = sched.segments,
		.foreign = sched.callbacks,
		.unsafe_bytes = utotal(),
	};
	stackstats(&out->stack_bytes, &out->stack_mapped);
}
