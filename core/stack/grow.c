// SPDX-License-Identifier: MIT
//
// grow.c - newstack and copystack: how a stack grows when a stack check fails.
//
// The only pointers into a movable stack are the saved rbp values of its frames, which form a chain
// from the rbp of the context to the first frame. So to move a stack is to copy its used bytes to
// the high end of the new one, and to add the distance to each link. That needs no maps and no
// guessing. A link outside the stack ends the chain.
//
// While a frame is pinned (it holds an absolute address, see variadic.cpp) its segment stays where
// it is, and growth links a new segment. The body of the growing function runs there with a copy of
// its stack arguments, and returns to segreturn (morestack.asm). Pins count per segment, so the new
// segment may be moved: deep recursion below a pinned frame is one segment that doubles.
//
// This file and stack.c are compiled without vector registers, which hold the arguments of the
// function that wants to run.
//
// With THRUM_DEBUG=stackmove=1 the guard stays at ~0: every check comes here and moves the stack. A
// stack of more than MOVEALL bytes moves at one check in so many that the time per check stays the
// same. Otherwise the time of a deep recursion would rise with the square of its depth.

#include "core/stack/stack.h"

#include "arch/arch.h"
#include "arch/called.h"
#include "core/base/debug.h"
#include "core/base/lock.h"
#include "core/base/modules.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/diag/crash.h"
#include "core/diag/symbol.h"
#include "core/preempt/preempt.h"
#include "core/sched/proc.h"
#include "core/stack/segment.h"

#define SEGMENT_MIN 4096 // bytes
#define BLOCK 4096       // bytes copied at a time
#define MOVEALL ((size_t)64 << 10)

void segreturn(void);

static void
countcopy(void)
{
	p *pp = getp();
	if (pp)
		bump(pp->copies, 1);
}

static void
countsegment(void)
{
	p *pp = getp();
	if (pp)
		bump(pp->segments, 1);
}

static void
setstack(g *gp, char *lo, size_t size)
{
	gp->stacklo = lo;
	gp->stacksize = size;
	unpoison(gp);
}

static _Noreturn void
overflow(g *gp, size_t stack)
{
	size_t frames = uused(gettcb_usp());
	ureport();
	limitprint(gp, stack, frames);
	fatalg("stack overflow", gp);
}

static _Noreturn void
nomemory(g *gp)
{
	ureport();
	fatalg("out of memory: a stack cannot be mapped (see ulimit -v, vm.max_map_count)", gp);
}

bool
copystack(g *gp, size_t newsize)
{
	char *lo = gp->stacklo;
	size_t size = gp->stacksize;
	char *hi = lo + size;
	size_t used = (size_t)(hi - (char *)gp->sched.sp);
	if (homegrow(gp, newsize)) {
		setstack(gp, hi - newsize, newsize);
		gp->copies++;
		countcopy();
		return true;
	}
	if (gp->pin != 0)
		throw("copystack of a pinned stack");
	char *nlo = homealloc(gp, newsize);
	if (!nlo && !(nlo = stackalloc(newsize)))
		return false;
	char *nhi = nlo + newsize;
	uintptr_t delta = (uintptr_t)nhi - (uintptr_t)hi;
	// The copy goes in blocks, from the newest frames up, so that the links of a block are
	// changed while it is in the first-level cache. They are changed only in the copy. A signal
	// handler may unwind this thread at any instruction. Until sched changes it finds the old
	// chain, and the old stack is whole until it is freed.
	uintptr_t bp = gp->sched.bp, first = bp - (uintptr_t)lo < size ? bp + delta : bp;
	for (char *p = hi - used, *end; p != hi; p = end) {
		end = (size_t)(hi - p) > BLOCK ? p + BLOCK : hi;
		copybytes(p + delta, p, (size_t)(end - p));
		while (bp >= (uintptr_t)lo && bp < (uintptr_t)end) {
			uintptr_t up = *(uintptr_t *)bp;
			if (up - (uintptr_t)lo < size) {
				if (up <= bp || (up & 7))
					throw("copystack: frame pointers do not ascend");
				*(uintptr_t *)(bp + delta) = up + delta;
			}
			bp = up;
		}
	}
	// While only one of the two words is new, unwinding is right too, because both copies are
	// whole.
	atomic_signal_fence(memory_order_seq_cst);
	gp->sched.bp = first;
	gp->sched.sp += delta;
	atomic_signal_fence(memory_order_seq_cst);
	if (gp->seg)
		gp->seg = (segment *)((char *)gp->seg + delta);
	setstack(gp, nlo, newsize);
	gp->copies++;
	countcopy();
	stackfree(lo, size);
	return true;
}

static segment *
linksegment(g *gp, size_t need)
{
	size_t size = SEGMENT_MIN, all = gp->stacksize + stackbelow(gp);
	need += sizeof(segment) + THRUM_GUARD + THRUM_SMALL + 128;
	// At least half of the present size: so segments are few, however deep the calls of pinned
	// functions are.
	while (size < need || size < gp->stacksize || size < all / 2)
		size *= 2;
	all += size;
	if (overlimit(all, gettcb_usp()))
		overflow(gp, all);
	char *lo = gp->segspare;
	if (lo && gp->segsparesize >= need) {
		size = gp->segsparesize;
		gp->segspare = NULL;
	} else if (!(lo = stackalloc(size))) {
		nomemory(gp);
	}
	segment *s = (segment *)(lo + size) - 1;
	*s = (segment){.lo = gp->stacklo, .size = gp->stacksize, .seg = gp->seg, .guard = gp->stackguard, .pin = gp->pin};
	s->sp = gp->sched.sp;
	setstack(gp, lo, size);
	gp->seg = s;
	gp->pin = 0;
	gp->nseg++;
	countsegment();
	return s;
}

// segreturn calls segfree when the goroutine has a spare segment already.
void
segfree(char *lo, size_t size)
{
	stackfree(lo, size);
}

void
segpop(g *gp)
{
	segment s = *gp->seg;
	if (gp->segspare)
		stackfree(gp->segspare, gp->segsparesize);
	gp->segspare = gp->stacklo;
	gp->segsparesize = gp->stacksize;
	gp->stacklo = s.lo;
	gp->stacksize = s.size;
	gp->stackguard = s.guard;
	gp->seg = s.seg;
	gp->pin = s.pin;
	gp->nseg--;
}

// newsegment makes the body of a function run in a segment of its own. At sched.sp there are the
// return address into the prologue, the one into the caller, and args bytes of arguments.
static void
newsegment(g *gp, size_t frame, size_t args)
{
	char *sp = (char *)gp->sched.sp;
	size_t above = (size_t)(gp->stacklo + gp->stacksize - (sp + 16));
	if (args > above)
		args = above;
	segment *s = linksegment(gp, frame + args + 64);
	char *to = (char *)s - ((args + 7) & ~(size_t)7);
	to -= (to - (sp + 16)) & 63;
	copybytes(to, sp + 16, args);
	s->sp = (uintptr_t)sp + 16;
	s->fp = gp->sched.bp;
	s->pc = ((uintptr_t *)sp)[1];
	((uintptr_t *)to)[-1] = (uintptr_t)segreturn;
	((uintptr_t *)to)[-2] = ((uintptr_t *)sp)[0];
	// A signal handler that unwinds between the two finds the caller twice, by the record, and
	// goes on from there.
	atomic_signal_fence(memory_order_seq_cst);
	gp->sched.bp = (uintptr_t)&s->fp;
	atomic_signal_fence(memory_order_seq_cst);
	gp->sched.sp = (uintptr_t)to - 16;
}

// movenow tells whether stackmove=1 moves a stack of size bytes at this check.
static bool
movenow(size_t size)
{
	static _Atomic size_t checked; // those since the last move of a large stack, times MOVEALL
	if (!debug.stackmove || size <= MOVEALL)
		return debug.stackmove;
	if (atomic_fetch_add_explicit(&checked, MOVEALL, memory_order_relaxed) + MOVEALL < size)
		return false;
	store(checked, 0);
	return true;
}

// room makes at least need bytes free between sched.sp and the guard. Returns: false if the stack
// is pinned.
static bool
room(g *gp, size_t need)
{
	size_t have = gp->sched.sp - (uintptr_t)gp->stacklo;
	size_t used = gp->stacksize - have;
	bool enough = gp->sched.sp > (uintptr_t)gp->stacklo && have >= need + THRUM_GUARD;
	if (enough && (gp->pin != 0 || gp->stackkind == StackFixed || !movenow(gp->stacksize)))
		return true;
	if (gp->stackkind == StackFixed) {
		print("thrum: the stack of goroutine %lu is fixed at %lu bytes, because its code was not built by thrumcc "
		      "(see thrum_set_fixed_stack)\n",
			(unsigned long)gp->goid, (unsigned long)gp->stacksize);
		fatalg("stack overflow", gp);
	}
	size_t size = gp->stacksize;
	if (!enough)
		do
			size *= 2;
		while (size < used + need + THRUM_GUARD);
	if (gp->pin != 0 && !homegrow(gp, size))
		return false;
	if (!enough && overlimit(size + stackbelow(gp), gettcb_usp()))
		overflow(gp, size + stackbelow(gp));
	if (!copystack(gp, size))
		nomemory(gp);
	return true;
}

// atcall tells whether gp may give way at pc, where a prologue ends. That prologue belongs to code
// that thrumcc has built, or to one of the runtime's functions that such code has called. The
// function's return address is next on gp's stack. Neither function has done any work yet. So a
// loop that does nothing but call the runtime gives way where these calls begin. Functions inside
// the runtime do not count. There the return address may also be the program's, because a call at
// the end of a function is a jump.
static bool
atcall(const g *gp, uintptr_t pc)
{
	return instrumentedtext(pc) || (inentry(pc) && instrumentedtext(((const uintptr_t *)gp->sched.sp)[1]));
}

// newstack is called by __morestack. gp's context is saved with sp at the return address into the
// prologue; the function wants frame and args bytes. Returns: true if gp has been asked to give way
// and may do so. It may only where code that thrumcc has built begins, or calls the runtime, so
// that the runtime's own code is never interrupted.
bool
newstack(g *gp, size_t frame, size_t args)
{
	bool request = asked(gp);
	uintptr_t pc = *(const uintptr_t *)gp->sched.sp;
	bool now = request && locksheld == 0 && atcall(gp, pc) && regready(gp->m);
	if (!now && (!request || gp->stackkind == StackFixed)) {
		// Asked too late, or in code that never gives way.
		store(gp->preempt, 0);
		request = false;
	}
	if (gp->stackguard == ~(uintptr_t)0)
		unpoison(gp);
	if (!room(gp, frame + THRUM_SMALL))
		newsegment(gp, frame, args);
	if (request && !now)
		gp->stackguard = ~(uintptr_t)0; // try again at the next check
	return now;
}

// cbgrow makes bytes of room for a callback, below the frame of the foreign call from which it
// comes.
void
cbgrow(g *gp, size_t bytes)
{
	if (!room(gp, bytes)) {
		segment *s = linksegment(gp, bytes);
		gp->sched.sp = (uintptr_t)s & ~(uintptr_t)63;
	}
}

size_t
stackbelow(const g *gp)
{
	size_t n = 0;
	for (const segment *s = gp->seg; s; s = s->seg)
		n += (size_t)(s->lo + s->size - (char *)s->sp);
	return n;
}
