// SPDX-License-Identifier: MIT
//
// traceback.c - walks stacks and prints their frames (traceback.h).

#include "core/diag/traceback.h"

#include <string.h>

#include "arch/arch.h"
#include "core/base/modules.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/diag/symbol.h"
#include "core/sched/proc.h"
#include "core/stack/segment.h"

#define FIRST 80          // innermost frames printed of a long traceback
#define LAST 20           // ... and outermost ones
#define MAXUNWIND 1000000 // steps; damaged tables or stacks may be a ring
#define MAXSIGNALS 16     // in one traceback: a handler on a signal stack used twice overwrites the
                          // frames before it
#define WINDOW 2048       // bytes of a stack copied at a time
#define FRAME (2 * sizeof(uintptr_t))
#define OBJECTS 4         // printed of those that a select waits for

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
	[WaitSleep] = "sleep",
	[WaitSema] = "semaphore",
	[WaitMutex] = "mutex lock",
	[WaitRLock] = "rwmutex rlock",
	[WaitRWLock] = "rwmutex lock",
	[WaitOnce] = "once",
	[WaitCond] = "cond wait",
	[WaitNursery] = "nursery",
	[WaitCtx] = "context cancel",
	[WaitChanSend] = "chan send",
	[WaitChanRecv] = "chan receive",
	[WaitChanSendNil] = "chan send (nil chan)",
	[WaitChanRecvNil] = "chan receive (nil chan)",
	[WaitSelect] = "select",
	[WaitSelectNone] = "select (no cases)",
};

static_assert(sizeof reasonname / sizeof *reasonname == NWAITREASON, "each reason has a name");

void foreignresume(void), preemptresume(void), pollresume(void), asyncresume(void);
void thrum_foreigncall(void), thrum_blockcall(void), __morestack(void), thrum_looppoll(void), quickpoll(void);

// The state of a g, as far as a walk needs it.
typedef struct where {
	uint32_t status, incall;
	gobuf sched;
	char *stacklo;
	size_t stacksize;
	segment *seg;
	uint32_t nseg, frozenused;
	bool frozen, moved; // moved: the g has run since
} where;

// A walk along the frames of one stack.
typedef struct walk {
	g *gp;       // NULL: a thread without goroutines
	bool mine;   // gp runs on this thread, so its stack does not change
	bool system; // print the runtime's own frames
	uint64_t n;  // frames
	uintptr_t *pcs; // not NULL: pcs are stored here and not printed
	uint32_t max;   // ... at most so many
	uintptr_t last[LAST];
	where at;
	uintptr_t seg; // the segment found last is [seg, seg + segsize)
	size_t segsize;
	uintptr_t lo; // the copied piece is [lo, lo + size)
	size_t size;
	char window[WINDOW];
} walk;

static void
look(const g *gp, where *w)
{
	const volatile g *v = gp;
	memset(w, 0, sizeof *w); // two of these are compared as bytes
	w->status = load(gp->status) & ~(uint32_t)Gscan;
	w->incall = inforeign(gp);
	w->sched = (gobuf){v->sched.sp, v->sched.pc, v->sched.bp};
	w->stacklo = v->stacklo;
	w->stacksize = v->stacksize;
	w->seg = v->seg;
	w->nseg = v->nseg;
	w->frozenused = v->frozenused;
	w->frozen = v->frozen;
}

// ours tells whether gp runs on the calling thread, or is just stopping there.
static bool
ours(const g *gp)
{
	uint32_t status = load(gp->status) & ~(uint32_t)Gscan;
	return thrum_m && gp->m == thrum_m && (status == Grunning || status == Gsyscall);
}

g *
current(void)
{
	g *gp = getg();
	return gp && gp->goid != 0 && !ours(gp) ? &thrum_m->g0 : gp;
}

static void
begin(walk *w, g *gp, bool system)
{
	w->gp = gp;
	w->mine = gp && ours(gp);
	w->system = system;
	w->n = 0;
	w->pcs = NULL;
	w->size = w->seg = w->segsize = 0;
	if (gp)
		look(gp, &w->at);
}

// ---- reading a stack ------------------------------------------------------------

// fetch reads n bytes at addr in the segment that ends at hi.
static bool
fetch(walk *w, uintptr_t addr, uintptr_t hi, void *to, size_t n)
{
	if (addr - w->lo > w->size || w->size - (addr - w->lo) < n) {
		size_t size = hi - addr < WINDOW ? hi - addr : WINDOW;
		where now;
		if (w->at.moved)
			return false;
		w->lo = addr;
		w->size = ospeek((const void *)addr, w->window, size);
		look(w->gp, &now);
		if (!w->mine && memcmp(&now, &w->at, sizeof now) != 0) {
			w->at.moved = true;
			w->size = 0;
		}
		if (w->size < n)
			return false;
	}
	memcpy(to, w->window + (addr - w->lo), n);
	return true;
}

// segmentof finds the segment of gp's stack that holds n bytes at addr. Returns: the segment's end,
// 0 if there is none.
static uintptr_t
segmentof(walk *w, uintptr_t addr, size_t n)
{
	if (addr - w->seg <= w->segsize && w->segsize - (addr - w->seg) >= n)
		return w->seg + w->segsize;
	uintptr_t lo = (uintptr_t)w->at.stacklo;
	size_t size = w->at.stacksize;
	segment s = {.seg = w->at.seg};
	for (uint32_t i = 0; addr - lo > size || size - (addr - lo) < n; i++) {
		if (i == w->at.nseg || ospeek(s.seg, &s, sizeof s) != sizeof s)
			return 0;
		lo = (uintptr_t)s.lo;
		size = s.size;
	}
	w->seg = lo;
	w->segsize = size;
	return lo + size;
}

// frameat reads the frame at address bp: the caller's rbp, then the return address.
static bool
frameat(walk *w, uintptr_t bp, uintptr_t frame[2])
{
	if (bp & 7)
		return false;
	if (!w->at.frozen) {
		uintptr_t hi = segmentof(w, bp, FRAME);
		return hi && fetch(w, bp, hi, frame, FRAME);
	}
	// The block holds the bytes that were at sched.sp.
	uintptr_t off = bp - w->at.sched.sp, block = (uintptr_t)w->at.stacklo;
	return off < w->at.frozenused && w->at.frozenused - off >= FRAME &&
		fetch(w, block + off, block + w->at.frozenused, frame, FRAME);
}

// ---- walking --------------------------------------------------------------------

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
	if (w->pcs) {
		if (w->n < w->max)
			w->pcs[w->n++] = pc;
		return;
	}
	const symbol *s = symbolof(pc);
	if (!w->system && s->shown == s->len)
		return;
	if (w->n < FIRST)
		show(w, pc);
	w->last[w->n++ % LAST] = pc;
}

// inside tells whether pc is in the assembly routine that starts at code.
static bool
inside(uintptr_t pc, void (*code)(void))
{
	return pc - (uintptr_t)code < 128;
}

// chain walks on from a frame on gp's own stack. pc is a return address.
static void
chain(walk *w, uintptr_t pc, uintptr_t bp)
{
	uintptr_t f[2], below = 0;
	uint32_t segments = w->at.nseg;
	while (!inside(pc, gostart) && !(w->pcs && w->n == w->max)) {
		frame(w, pc - 1);
		// The addresses ascend, except from one segment to the next. A damaged chain may be
		// a ring.
		if ((bp <= below && segments-- == 0) || !frameat(w, bp, f))
			return;
		below = bp;
		bp = f[0];
		pc = f[1];
	}
}

// above walks on from the frame of a foreign call.
static void
above(walk *w)
{
	uintptr_t f[2];
	if (frameat(w, w->at.sched.bp, f))
		chain(w, f[1], f[0]);
}

// atcheck walks on from a failed check in a prologue or a loop.
static void
atcheck(walk *w, bool prologue)
{
	uintptr_t f[2], hi = segmentof(w, w->at.sched.sp, FRAME);
	if (!hi || !fetch(w, w->at.sched.sp, hi, f, FRAME))
		return;
	if (prologue) // its function has no frame yet
		frame(w, f[0] - 1);
	chain(w, f[prologue], w->at.sched.bp);
}

// left walks on from pc, in a routine by which the goroutine leaves its stack. The tables end
// there, because another thread may run the goroutine before the routine is done.
static void
left(walk *w, uintptr_t pc)
{
	uintptr_t start = routine(pc);
	if (start == (uintptr_t)thrum_foreigncall || start == (uintptr_t)thrum_blockcall)
		above(w);
	else if (start == (uintptr_t)__morestack)
		atcheck(w, true);
	else if (start == (uintptr_t)thrum_looppoll || start == (uintptr_t)quickpoll)
		atcheck(w, false);
}

// unwound walks from any place on any stack.
static void
unwound(walk *w, regs r)
{
	for (int i = 0, signals = 0; i < MAXUNWIND && signals < MAXSIGNALS; i++) {
		uintptr_t pc = r.r[DwPc];
		if (inside(pc, gostart) || (w->pcs && w->n == w->max))
			return;
		bool chained = w->gp && !r.exact && segmentof(w, r.r[DwRsp], 0) && (inruntime(pc) || instrumented(pc));
		regs up = r;
		bool more = unwind(&up);
		// A function whose stack check has failed has no frame yet.
		if (chained && (!more || up.r[DwRsp] == r.r[DwRbp] + FRAME)) {
			chain(w, pc, r.r[DwRbp]);
			return;
		}
		signals += more && up.exact;
		if (more && up.exact && w->pcs)
			;
		else if (more && up.exact)
			print("by the kernel, for a signal that came in\n");
		else
			frame(w, r.exact ? pc : pc - 1);
		if (!more)
			break;
		r = up;
	}
	if (!w->gp)
		return;
	if (w->at.incall) // foreign code without tables: the frame of its call is known
		above(w);
	else if (w->mine)
		left(w, r.exact ? r.r[DwPc] : r.r[DwPc] - 1);
}

// ---- a goroutine ----------------------------------------------------------------

const char *
statusof(const g *gp)
{
	return inforeign(gp) ? statusname[Gsyscall] : statusname[load(gp->status) & ~(uint32_t)Gscan];
}

// objects prints the objects that gp waits for. If gp is woken meanwhile, the list may be out of
// date or wrong, but reading it is safe: the memory of a sudog stays a sudog.
static void
objects(const g *gp)
{
	const volatile sudog *s = ((const volatile g *)gp)->waiting;
	for (int i = 0; s && i < OBJECTS; i++, s = s->link)
		print(" %p", s->obj);
	if (s)
		print(" ...");
}

// header prints the state of gp and, if it waits, for how long.
static void
header(const g *gp, const char *what, bool waits)
{
	print("goroutine %lu [%s", (unsigned long)gp->goid, what);
	if (waits)
		objects(gp);
	uint64_t ms = waits && tracenow > gp->waitsince ? ticksns(tracenow - gp->waitsince) / 1000000 : 0;
	if (ms >= 120000)
		print(", %lu min", (unsigned long)(ms / 60000));
	else if (ms >= 1000)
		print(", %lu s", (unsigned long)(ms / 1000));
	else if (ms >= 1)
		print(", %lu ms", (unsigned long)ms);
	print("%s]:\n", gp->nlock > 0 ? ", locked to thread" : "");
}

static void
footer(const walk *w)
{
	if (w->n > FIRST + LAST)
		print("...%lu frames more...\n", (unsigned long)(w->n - FIRST - LAST));
	for (uint64_t i = w->n > FIRST + LAST ? w->n - LAST : FIRST; i < w->n; i++)
		show(w, w->last[i % LAST]);
	if (w->gp && w->at.moved)
		print("(it goes on while this is printed)\n");
}

static void
creator(uintptr_t gopc)
{
	if (gopc == 0)
		return;
	const symbol *s = symbolof(gopc - 1);
	print("created by ");
	printn(s->text, s->first);
}

void
tracebackhere(const regs *r, bool system)
{
	g *gp = current();
	bool goroutine = gp && gp->goid != 0;
	walk w;
	if (!gp)
		print("thread %d [runs no goroutine]:\n", ostid());
	else if (!goroutine)
		print("thread %d [the scheduler]:\n", ostid());
	else
		header(gp, inforeign(gp) ? "foreign call" : "running", false);
	begin(&w, goroutine ? gp : gp && thrum_m ? load(thrum_m->curg) : NULL, system || (gp && !goroutine));
	w.mine = true;
	unwound(&w, *r);
	footer(&w);
	if (goroutine)
		creator(gp->gopc);
}

uint32_t
tracepcs(const regs *r, uintptr_t *pcs, uint32_t max)
{
	walk w;
	stackcopy copy;
	regs from = *r;
	copy.lo = copy.size = 0;
	from.copy = &copy;
	begin(&w, getg(), true);
	w.mine = true;
	w.pcs = pcs;
	w.max = max;
	unwound(&w, from);
	return (uint32_t)w.n;
}

void
printpcs(const uintptr_t *pcs, uint32_t n)
{
	walk w;
	begin(&w, NULL, false);
	for (uint32_t i = 0; i < n; i++)
		frame(&w, pcs[i]);
	footer(&w);
}

void
tracebackpcs(uint64_t goid, const char *what, const uintptr_t *pcs, uint32_t n, uintptr_t gopc)
{
	print("goroutine %lu [%s]:\n", (unsigned long)goid, what);
	printpcs(pcs, n);
	creator(gopc);
}

void
tracebackg(g *gp, bool system)
{
	walk w;
	uintptr_t f[2];
	begin(&w, gp, system);
	const where *at = &w.at;
	if (at->incall) {
		header(gp, "foreign call", at->status == Gsyscall);
		above(&w);
	} else if (at->status != Grunnable && at->status != Gwaiting && !w.mine) {
		header(gp, "running on another thread", false);
	} else {
		// A goroutine of this thread that has just come to the scheduler, or is about to
		// leave it.
		bool waits = at->status == Gwaiting;
		header(gp, waits ? reasonname[gp->waitreason] : statusname[at->status], waits);
		if (inside(at->sched.pc, gostart)) {
			frame(&w, (uintptr_t)gp->fn);
		} else if (inside(at->sched.pc, foreignresume)) {
			above(&w);
		} else if (inside(at->sched.pc, asyncresume)) {
			// A signal has stopped it: the interrupted function may have no frame yet.
			uintptr_t hi = segmentof(&w, at->sched.sp, 8);
			if (hi && fetch(&w, at->sched.sp, hi, f, 8))
				unwound(&w, (regs){.r = {[DwPc] = f[0], [DwRsp] = at->sched.sp + ASYNCROOM, [DwRbp] = at->sched.bp}, .exact = true});
		} else if (inside(at->sched.pc, preemptresume)) {
			atcheck(&w, true);
		} else if (inside(at->sched.pc, pollresume)) {
			atcheck(&w, false);
		} else {
			chain(&w, at->sched.pc, at->sched.bp);
		}
	}
	footer(&w);
	creator(gp->gopc);
}

// ---- all of them ----------------------------------------------------------------

static void
threads(void)
{
	for (const m *mp = sched.allm; mp; mp = mp->alllink) {
		if (!mp->inuse)
			continue;
		const p *pp = load(mp->p);
		const g *gp = load(mp->curg);
		print("m %u: thread %d", mp->id, load(mp->tid));
		if (pp)
			print(", p %u", pp->id);
		if (gp)
			print(", goroutine %lu", (unsigned long)gp->goid);
		print("%s\n", mp->idle ? ", idle" : mp->spinning ? ", looks for work" : "");
	}
}

void
tracebackothers(bool system)
{
	const g *me = current();
	size_t n = loadacq(sched.nallg);
	g **all = __atomic_load_n(&sched.allg, __ATOMIC_ACQUIRE);
	for (size_t i = 0; i < n; i++) {
		uint32_t status = load(all[i]->status);
		if (all[i] != me && status != Gdead && status != Gidle) {
			print("\n");
			tracebackg(all[i], system);
		}
	}
	if (system) {
		print("\n");
		threads();
	}
}
