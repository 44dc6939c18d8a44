// SPDX-License-Identifier: MIT
//
// api.c - the calls by which a program asks about its stacks.

#include <errno.h>

#include "arch/arch.h"
#include "core/sched/p.h"
#include "core/sched/proc.h"
#include "core/sched/scan.h"
#include "core/stack/segment.h"
#include "core/stack/stack.h"

static uintptr_t
mybytes(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	return ubytes(gettcb_usp(), true);
}

// describe fills *info for gp, whose stack has top bytes in use in its last segment.
static void
describe(const g *gp, size_t top, size_t unsafe, thrum_stackinfo *info)
{
	*info = (thrum_stackinfo){
		.size = gp->stacksize,
		.used = gp->frozen ? gp->frozenused : top + stackbelow(gp),
		.segments = gp->nseg + 1,
		.copies = gp->copies,
		.unsafe = unsafe,
		.movable = gp->stackkind == StackCopy && gp->pin == 0,
		.frozen = gp->frozen,
	};
}

static size_t
fromtop(const g *gp, uintptr_t sp)
{
	return (size_t)(gp->stacklo + gp->stacksize - (char *)sp);
}

// other_m describes another goroutine, which must wait.
static uintptr_t
other_m(uintptr_t a, uintptr_t info)
{
	g *gp = (g *)a;
	if (!takewaiting(gp))
		return (uintptr_t)(intptr_t)-EBUSY;
	uint32_t gen = scanhold(gp);
	describe(gp, fromtop(gp, gp->sched.sp), ubytes(gp->usp, false), (thrum_stackinfo *)info);
	scanrelease(gp, gen);
	casfromgscan(gp);
	return 0;
}

API int
thrum_stack_info(thrum_g *gp, thrum_stackinfo *info)
{
	g *me = getg();
	if (!gp)
		gp = me;
	if (!gp || gp->goid == 0)
		return -EINVAL;
	if (gp != me)
		return (int)(intptr_t)systemstack(other_m, (uintptr_t)gp, (uintptr_t)info);
	// The caller's own context is not saved, unless foreign code asks. A distance is computed,
	// not an address, because every call may move the stack.
	size_t top = fromtop(gp, gp->sched.sp);
	if ((uintptr_t)__builtin_frame_address(0) - (uintptr_t)gp->stacklo < gp->stacksize)
		top = fromtop(gp, (uintptr_t)__builtin_frame_address(0)) - 16;
	describe(gp, top, systemstack(mybytes, 0, 0), info);
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
	ueach(gettcb_usp(), true, listed, &l);
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
