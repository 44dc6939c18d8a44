// SPDX-License-Identifier: MIT
//
// api.c - the calls by which a program asks about its stacks.

#include <errno.h>

#include "arch/arch.h"
#include "core/sched/p.h"
#include "core/sched/proc.h"
#include "core/stack/segment.h"
#include "core/stack/stack.h"

static uintptr_t
unsafebytes(uintptr_t usp, uintptr_t b)
{
	(void)b;
	return ubytes(usp);
}

API int
thrum_stack_info(thrum_g *gp, thrum_stackinfo *info)
{
	g *me = getg();
	if (!gp)
		gp = me;
	if (!gp || gp->goid == 0)
		return -EINVAL;
	// The caller's own context is not saved, unless foreign code asks. A distance is computed,
	// not an address, because every call may move the stack.
	size_t top = (size_t)(gp->stacklo + gp->stacksize - (char *)gp->sched.sp);
	if (gp == me && (uintptr_t)__builtin_frame_address(0) - (uintptr_t)gp->stacklo < gp->stacksize)
		top = (size_t)(gp->stacklo + gp->stacksize - (char *)__builtin_frame_address(0)) - 16;
	*info = (thrum_stackinfo){
		.size = gp->stacksize,
		.used = gp->frozen ? gp->frozenused : top + stackbelow(gp),
		.segments = gp->nseg + 1,
		.copies = gp->copies,
		.unsafe = systemstack(unsafebytes, gp == me ? gettcb_usp() : gp->usp, 0),
		.movable = gp->stackkind == StackCopy && gp->pin == 0,
		.frozen = gp->frozen,
	};
	return 0;
}

// The room for a list of ranges, and the number of ranges found.
struct list {
	thrum_range *to;
	size_t max, n;
};

static void
listed(void *arg, const void *lo, size_t bytes)
{
	struct list *l = arg;
	if (l->n < l->max)
		l->to[l->n] = (thrum_range){lo, bytes};
	l->n++;
}

static void
listfrom(struct list *l, uintptr_t sp, char *lo, size_t size)
{
	if (sp - (uintptr_t)lo >= size) // a handler's sp, which is elsewhere: list all of the stack
		sp = (uintptr_t)lo;
	if (!inhome(lo))
		listed(l, (const void *)sp, (size_t)(lo + size - (char *)sp));
}

static uintptr_t
ranges_m(uintptr_t to, uintptr_t max, uintptr_t sp)
{
	struct list l = {.to = (thrum_range *)to, .max = max};
	g *gp = getg();
	if (gp && gp->goid != 0) {
		listfrom(&l, sp, gp->stacklo, gp->stacksize);
		for (const segment *s = gp->seg; s; s = s->seg)
			listfrom(&l, s->sp, s->lo, s->size);
	}
	ueach(gettcb_usp(), false, listed, &l);
	return l.n;
}

API size_t
thrum_stack_ranges(thrum_range *ranges, size_t max)
{
	return systemstack3(ranges_m, (uintptr_t)ranges, max, (uintptr_t)__builtin_frame_address(0));
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
	if (!thrum_self())
		return 0;
	mcall(shrink_m);
	return getg()->stacksize;
}

PARKS size_t
thrum_stack_trim(void)
{
	return trimall();
}

API size_t
thrum_set_max_stack(size_t bytes)
{
	return atomic_exchange_explicit(&maxstack, bytes < THRUM_STACK_MIN ? THRUM_STACK_MIN : bytes, memory_order_relaxed);
}
