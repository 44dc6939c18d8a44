// SPDX-License-Identifier: MIT
#include "core/diag/traceback.h"

#include "arch/arch.h"
#include "core/base/modules.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/diag/symbol.h"
#include "core/sched/world.h"
#include "core/stack/segment.h"

#define FIRST 80          // frames printed of a long traceback: the innermost
#define LAST 20           // ... and the outermost
#define MAXUNWIND 1000000 // steps; damaged tables or stacks may lead round and round

enum tracelevel tracelevel = TraceSingle;
uint64_t tracenow;

static const char *const statusname[] = {
	[Gidle] = "idle",
	[Grunnable] = "runnable",
	[Grunning] = "running",
	[Gsyscall] = "foreign call",
	[Gwaiting] = "waiting",
	[Gdead] = "dead",
};

static const char *const reasonname[] = {
	[WaitNone] = "waiting",
	[WaitPark] = "park",
	[WaitGroup] = "wait group",
};

// A walk along the frames of one stack.
typedef struct walk {
	g *gp;       // NULL: a thread without goroutines
	bool system; // print the runtime's own frames
	uint64_t n;  // frames
	uintptr_t last[LAST];
} walk;

static void
show(const walk *w, uintptr_t pc)
{
	const symbol *s = symbolof(pc);
	size_t skip = w->system ? 0 : s->shown;
	printn(s->text + skip, s->len - skip);
}

static void
frame(walk *w, uintptr_t pc)
{
	const symbol *s = symbolof(pc);
	if (!w->system && s->shown == s->len)
		return;
	if (w->n < FIRST)
		show(w, pc);
	w->last[w->n++ % LAST] = pc;
}

// onstack tells whether the n bytes at addr lie in one of gp's segments.
static bool
onstack(const g *gp, uintptr_t addr, size_t n)
{
	if (addr - (uintptr_t)gp->stacklo <= gp->stacksize - n)
		return gp->stacksize >= n;
	for (const segment *s = gp->seg; s; s = s->seg)
		if (addr - (uintptr_t)s->lo <= s->size - n)
			return true;
	return false;
}

// frameat returns the frame of gp with the address bp: the caller's rbp, the return address. NULL
// when there is none.
static const uintptr_t *
frameat(const g *gp, uintptr_t bp)
{
	const size_t n = 2 * sizeof(uintptr_t);
	if (bp & 7)
		return NULL;
	if (!gp->frozen)
		return onstack(gp, bp, n) ? (const uintptr_t *)bp : NULL;
	// The block holds what was at sched.sp.
	uintptr_t at = bp - gp->sched.sp;
	return at + n <= gp->frozenused && at < gp->frozenused ? (const uintptr_t *)(gp->stacklo + at) : NULL;
}

// inside tells whether pc is in the assembly routine that starts at code.
static bool
inside(uintptr_t pc, uintptr_t code)
{
	return pc - code < 128;
}

// chain walks on from a frame on gp's own stack: pc is a return address.
static void
chain(walk *w, uintptr_t pc, uintptr_t bp)
{
	const g *gp = w->gp;
	size_t left = gp->stacksize + gp->frozenused;
	for (const segment *s = gp->seg; s; s = s->seg)
		left += s->size;
	// A damaged chain may be a ring: no more frames than there is room for.
	for (left /= 16; left > 0 && !inside(pc, (uintptr_t)gostart); left--) {
		frame(w, pc - 1);
		const uintptr_t *f = frameat(gp, bp);
		if (!f)
			return;
		bp = f[0];
		pc = f[1];
	}
}

// unwound walks from any place, on any stack.
static void
unwound(walk *w, regs r)
{
	g *gp = w->gp;
	for (int i = 0; i < MAXUNWIND; i++) {
		uintptr_t pc = r.r[DwPc];
		if (inside(pc, (uintptr_t)gostart))
			return;
		if (gp && !r.exact && onstack(gp, r.r[DwRsp], 0) && (inruntime(pc) || instrumented(pc))) {
			chain(w, pc, r.r[DwRbp]);
			return;
		}
		regs up = r;
		bool more = unwind(&up);
		if (more && up.exact)
			print("by the kernel, for a signal that came in\n");
		else
			frame(w, r.exact ? pc : pc - 1);
		if (!more)
			break;
		r = up;
	}
	// Foreign code without tables: what called it is known all the same.
	const uintptr_t *f = gp && inforeign(gp) ? frameat(gp, gp->sched.bp) : NULL;
	if (f)
		chain(w, f[1], f[0]);
}

// header prints what gp does, and since when if it waits.
static void
header(const g *gp, const char *what, bool waits)
{
	print("goroutine %lu [%s", (unsigned long)gp->goid, what);
	uint64_t ms = waits && tracenow > gp->waitsince ? ticksns(tracenow - gp->waitsince) / 1000000 : 0;
	if (ms >= 120000)
		print(", %lu min", (unsigned long)(ms / 60000));
	else if (ms >= 1000)
		print(", %lu s", (unsigned long)(ms / 1000));
	else if (ms >= 1)
		print(", %lu ms", (unsigned long)ms);
	print("%s]:\n", lockedg(gp) ? ", locked to thread" : "");
}

static void
footer(const walk *w)
{
	if (w->n > FIRST + LAST)
		print("...%lu frames more...\n", (unsigned long)(w->n - FIRST - LAST));
	for (uint64_t i = w->n > FIRST + LAST ? w->n - LAST : FIRST; i < w->n; i++)
		show(w, w->last[i % LAST]);
	if (w->gp && w->gp->gopc) {
		const symbol *s = symbolof(w->gp->gopc - 1);
		print("created by ");
		printn(s->text, s->first);
	}
}

void
tracebackhere(const regs *r, bool system)
{
	g *gp = getg();
	walk w = {.gp = gp, .system = system};
	if (!gp) {
		print("thread %d [runs no goroutine]:\n", ostid());
	} else if (gp->goid == 0) {
		print("thread %d [the scheduler]:\n", ostid());
		w.gp = load(gp->m->curg);
		w.system = true;
	} else {
		header(gp, inforeign(gp) ? "foreign call" : "running", false);
	}
	unwound(&w, *r);
	if (!gp || gp->goid == 0)
		w.gp = NULL;
	footer(&w);
}

const char *
statusof(const g *gp)
{
	return inforeign(gp) ? "foreign call" : statusname[load(gp->status) & ~(uint32_t)Gscan];
}

void preemptresume(void);

void
tracebackg(g *gp, bool system)
{
	walk w = {.gp = gp, .system = system};
	uint32_t status = load(gp->status) & ~(uint32_t)Gscan;
	if (!scang(gp)) {
		header(gp, gp->m == thrum_m ? "running" : "running on another thread", false);
	} else if (inforeign(gp)) { // the context is that of the foreign call's frame
		header(gp, "foreign call", false);
		const uintptr_t *f = frameat(gp, gp->sched.bp);
		if (f)
			chain(&w, f[1], f[0]);
		unscang(gp);
	} else {
		header(gp, status == Gwaiting ? reasonname[gp->waitreason] : statusname[status], status == Gwaiting);
		const uintptr_t *sp = (const uintptr_t *)gp->sched.sp;
		if (inside(gp->sched.pc, (uintptr_t)gostart)) {
			frame(&w, (uintptr_t)gp->fn);
		} else if (gp->sched.pc == (uintptr_t)preemptresume) { // it gave way in a prologue
			frame(&w, sp[0] - 1);
			chain(&w, sp[1], gp->sched.bp);
		} else {
			chain(&w, gp->sched.pc, gp->sched.bp);
		}
		unscang(gp);
	}
	footer(&w);
}

void
tracebackothers(bool system)
{
	g *gp, *me = getg();
	bool still = freezeworld();
	if (!still)
		print("\n(the scheduler cannot be stopped: what follows may be out of date)\n");
	for (size_t i = 0; (gp = allgat(i)); i++)
		if (gp != me && load(gp->status) != Gdead && load(gp->status) != Gidle) {
			print("\n");
			tracebackg(gp, system);
		}
	if (system) {
		print("\n");
		printms();
	}
	if (still)
		thawworld();
}
