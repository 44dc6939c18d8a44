// SPDX-License-Identifier: MIT
//
// parts.c - all memory that holds the words of a goroutine which does not run: what a collector
// looks at.
//
// A goroutine that stopped in a call has its registers on its stack, above sched.sp: the
// callee-saved ones as System V wants it (mcall, parkin, foreign calls). Callers of
// thrum_yield_none keep nothing in registers. A goroutine that was stopped in a prologue, in a loop
// or by a signal has all of them in its regsave, and sched.sp lies below the red zone. The result
// of a foreign call is in a regsave, or where g.result points while the thread waits for a p.

#include "arch/arch.h"
#include "core/sched/types.h"
#include "core/stack/segment.h"
#include "core/stack/stack.h"

void
stackparts(g *gp, uintptr_t usp, partfn *part, void *arg)
{
	const char *sp = (const char *)gp->sched.sp;
	if (gp->frozen)
		part(arg, gp->stacklo, gp->frozenused);
	else
		part(arg, sp, (size_t)(gp->stacklo + gp->stacksize - sp));
	for (const segment *s = gp->seg; s; s = s->seg) // none while frozen
		part(arg, (const void *)s->sp, (size_t)(s->lo + s->size - (const char *)s->sp));
	ueach(usp, false, part, arg);
	if (gp->sched.pc == (uintptr_t)gostart) // it has not begun
		part(arg, &gp->arg, sizeof gp->arg);
	part(arg, &gp->param, sizeof gp->param);
	part(arg, &gp->onendarg, sizeof gp->onendarg);
	const regsave *r = gp->regs;
	if (r) {
		part(arg, r->r, sizeof r->r);
		part(arg, r->xsave, thrum_xsavesize);
	}
	if (gp->result)
		part(arg, gp->result->lo, (size_t)(gp->result->hi - gp->result->lo));
}
