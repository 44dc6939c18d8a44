// SPDX-License-Identifier: MIT
//
// longjmp.c - finds the target of a longjmp and restores the g for it.
//
// There are two cases. A buffer was set on a goroutine's stack, or it has glibc's form and the
// frame of its function lies on a stack of the system. A jump out of callbacks drops their records,
// which lie on the system stack in order of depth. A jump back into foreign code leaves the g as it
// was during that foreign call.

#include "core/panic/jmpbuf.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/os.h"
#include "core/base/print.h"
#include "core/panic/panic.h"
#include "core/sched/proc.h"
#include "core/stack/aside.h"
#include "core/stack/callback.h"
#include "core/stack/stack.h"

static void
popsegments(g *gp, uint32_t nseg)
{
	while (gp->nseg > nseg)
		segpop(gp);
}

// endcall ends the foreign call that gp is in, if any. Then gp has its p, and nobody reads its
// stack.
static void
endcall(m *mp, g *gp)
{
	store(mp->uchanging, 0); // a handler that has jumped changes nothing any more
	if (!load(mp->incall))
		return;
	gp->err = *mp->errnop;
	store(mp->incall, 0);
	atomic_signal_fence(memory_order_seq_cst);
	if (load(mp->claim) != 0 || !load(mp->p))
		reenter(mp);
}

// toforeign drops the callbacks whose records lie below sp on the system stack, because the
// function that called them goes on.
static void
toforeign(g *gp, uintptr_t sp)
{
	m *mp = gp->m;
	cbrecord *last = NULL;
	while (gp->ncallback > 0 && mp->sysp < sp && sp <= (uintptr_t)mp->syshi) {
		last = (cbrecord *)mp->sysp;
		mp->sysp = last->prev;
		gp->ncallback--;
	}
	asidejump(mp, last, sp);
	if (!last) {
		if ((uintptr_t)mp->syslo <= sp && sp <= (uintptr_t)mp->syshi)
			store(mp->uchanging, 0); // handlers, which are on another stack, change nothing now
		return;
	}
	endcall(mp, gp);
	if (gp->ncallback == 0)
		gp->slow &= (uint16_t)~SlowCallback;
	popsegments(gp, last->nseg);
	gp->sched.bp = (uintptr_t)gp->stacklo + gp->stacksize - last->bprel;
	gp->sched.sp = gp->sched.bp - FOREIGNFRAME;
	gp->pin = last->pin;
	*mp->errnop = gp->err;
	settcb_usp(uback(last->usp));
	settcb_guard(~(uintptr_t)0);
	atomic_signal_fence(memory_order_seq_cst);
	store(mp->incall, 1); // last: a handler that finds it set takes usp for the foreign call's
	                      // (aside.c)
}

static void
togoroutine(g *gp, const jmpbuf *b, jumptarget *t)
{
	m *mp = gp->m;
	mp->fpcall = load(mp->ncall) - 1; // the jump may come out of a signal handler
	if (b->goid != (uint32_t)gp->goid)
		fatal("longjmp to a jmp_buf that another goroutine has set: only that goroutine may jump to it");
	bool fixed = gp->stackkind == StackFixed;
	if ((!fixed && gp->nseg < b->nseg) || gp->ncallback < b->ncallback)
		fatal("longjmp into a function that has returned: jump only while the caller of setjmp is active");
	endcall(mp, gp);
	asideforget(mp);
	while (gp->ncallback > b->ncallback) {
		mp->sysp = ((cbrecord *)mp->sysp)->prev;
		gp->ncallback--;
	}
	if (gp->ncallback == 0)
		gp->slow &= (uint16_t)~SlowCallback;
	if (!fixed)
		popsegments(gp, b->nseg);
	if (!fixed)
		gp->pin = b->pin;
	defersto(gp, b->masksaved ? b->topmasked[0] : b->top, b->npanic);
	uintptr_t hi = (uintptr_t)gp->stacklo + gp->stacksize;
	t->sp = hi - 8 * (uintptr_t)b->sp;
	t->bp = fixed ? b->rbp : hi - 8 * (uintptr_t)b->bp;
	settcb_guard(gp->stackguard);
	settcb_usp(uback(b->usp));
}

// longjmp.asm calls it.
void longjmp_m(const jmpbuf *b, jumptarget *t);

// longjmp_m fills *t and prepares the g for it. Stack: any system stack.
void
longjmp_m(const jmpbuf *b, jumptarget *t)
{
	g *gp = getg();
	const glibcbuf *f = (const glibcbuf *)b;
	if (b->magic != JMPBUF_MAGIC) {
		*t = (jumptarget){f->rbx, f->r12, f->r13, f->r14, f->r15, demangle(f->bp), demangle(f->sp), demangle(f->pc)};
		if (gp && gp->m)
			toforeign(gp, t->sp);
		else if (!gp)
			plainjump(t->sp);
		if (!gp || gp->goid != 0)
			defersabove(gp, t->sp);
	} else {
		if (!gp || gp->goid == 0)
			fatal("longjmp outside a goroutine to a jmp_buf that a goroutine has set: only that goroutine may jump to it");
		*t = (jumptarget){.rbx = b->rbx, .r12 = b->r12, .r13 = b->r13, .r14 = b->r14, .r15 = b->r15, .pc = b->pc};
		togoroutine(gp, b, t);
	}
	if (b->masksaved)
		syscall(SYS_rt_sigprocmask, SIG_SETMASK, &b->mask, NULL, (size_t)8);
}
