// SPDX-License-Identifier: MIT
//
// sudog.c - the pool of sudogs, and threads that wait (sudog.h).

#include "core/sync/sudog.h"

#include <string.h>

#include "arch/arch.h"
#include "core/diag/race.h"
#include "core/sched/proc.h"

#define KEEP 128 // kept by a p

static const fixkind sudogkind = {
	.name = "sudogs", .use = UseSync, .slab = 16384, .link = offsetof(sudog, next), .zero = sizeof(sudog)};

fixalloc fixsudogs = FIXALLOC(&sudogkind, sizeof(sudog));

static uintptr_t
refill(uintptr_t a, uintptr_t unused)
{
	p *pp = (p *)a;
	(void)unused;
	lock(&sched.lock);
	sudog *s = fixget(&fixsudogs);
	if (pp && s)
		fixfill(&fixsudogs, &pp->sudogs, KEEP / 2);
	unlock(&sched.lock);
	return (uintptr_t)s;
}

sudog *
sudogget(void)
{
	p *pp = getp();
	sudog *s = pp ? fixpop(&sudogkind, &pp->sudogs) : NULL;
	return s ? s : (sudog *)systemstack(refill, (uintptr_t)pp, 0);
}

static uintptr_t
give(uintptr_t a, uintptr_t b)
{
	p *pp = (p *)a;
	lock(&sched.lock);
	if (pp)
		fixspill(&fixsudogs, &pp->sudogs, KEEP / 2);
	else
		fixput(&fixsudogs, (sudog *)b);
	unlock(&sched.lock);
	return 0;
}

void
sudogput(sudog *s)
{
	p *pp = getp();
	if (!pp)
		systemstack(give, 0, (uintptr_t)s);
	else if (fixpush(&sudogkind, &pp->sudogs, s) > KEEP)
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
