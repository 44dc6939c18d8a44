// SPDX-License-Identifier: MIT
#include "core/sync/sudog.h"

#include <string.h>

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/sched/proc.h"
#include "core/diag/race.h"

#define SLAB 16384 // bytes mapped at a time
#define KEEP 128   // that a p keeps

static uintptr_t
refill(uintptr_t a, uintptr_t unused)
{
	p *pp = (p *)a;
	(void)unused;
	lock(&sched.lock);
	if (!sched.sudogfree) {
		char *slab = osmap(SLAB, PAGE, UseSync);
		for (size_t at = 0; slab && at + sizeof(sudog) <= SLAB; at += sizeof(sudog)) {
			sudog *s = (sudog *)(slab + at);
			s->next = sched.sudogfree;
			sched.sudogfree = s;
		}
	}
	sudog *s = sched.sudogfree;
	if (s)
		sched.sudogfree = s->next;
	while (pp && sched.sudogfree && pp->nsudog < KEEP / 2) {
		sudog *t = sched.sudogfree;
		sched.sudogfree = t->next;
		t->next = pp->sudogfree;
		pp->sudogfree = t;
		pp->nsudog++;
	}
	unlock(&sched.lock);
	return (uintptr_t)s;
}

sudog *
sudogget(void)
{
	p *pp = getp();
	sudog *s = pp ? pp->sudogfree : NULL;
	if (s) {
		pp->sudogfree = s->next;
		pp->nsudog--;
	} else if (!(s = (sudog *)systemstack(refill, (uintptr_t)pp, 0))) {
		return NULL;
	}
	*s = (sudog){0};
	return s;
}

static void
flush(p *pp, uint32_t keep)
{
	while (pp->nsudog > keep) {
		sudog *s = pp->sudogfree;
		pp->sudogfree = s->next;
		pp->nsudog--;
		s->next = sched.sudogfree;
		sched.sudogfree = s;
	}
}

void
sudogflush(p *pp)
{
	flush(pp, 0);
}

void
sudogforget(p *pp)
{
	pp->sudogfree = NULL;
	pp->nsudog = 0;
}

static uintptr_t
give(uintptr_t a, uintptr_t b)
{
	p *pp = (p *)a;
	sudog *s = (sudog *)b;
	lock(&sched.lock);
	if (s) {
		s->next = sched.sudogfree;
		sched.sudogfree = s;
	} else {
		flush(pp, KEEP / 2);
	}
	unlock(&sched.lock);
	return 0;
}

void
sudogput(sudog *s)
{
	p *pp = getp();
	if (!pp) {
		systemstack(give, 0, (uintptr_t)s);
		return;
	}
	s->next = pp->sudogfree;
	pp->sudogfree = s;
	if (++pp->nsudog > KEEP)
		systemstack(give, (uintptr_t)pp, 0);
}

g *
threadbegin(threadg *t)
{
	memset(t, 0, sizeof *t);
	t->g.thread = &t->note;
	t->g.sudog.g = &t->g;
	store(t->g.status, Grunning);
	return &t->g;
}

void
waitpark(g *gp, enum waitreason why, bool (*commit)(g *, void *), void *arg)
{
	if (!gp->thread) {
		gopark(why, commit, arg);
		return;
	}
	racerelease(gp);
	noteclear(gp->thread);
	gp->waitreason = (uint8_t)why;
	store(gp->status, Gwaiting);
	if (commit && !commit(gp, arg)) {
		store(gp->status, Grunning);
	} else {
		if (gp->until != 0) {
			uint64_t now = timenow();
			if (!notetsleep(gp->thread, gp->until > now ? gp->until - now : 0))
				gp->timer.fn(&gp->timer, gp->until);
		}
		notesleep(gp->thread);
	}
	raceacquire(gp);
}
