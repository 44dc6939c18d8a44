// SPDX-License-Identifier: MIT
//
// runq.c - the slow ways of a p's run queue, its thieves, and the global queue (runq.h).

#include "core/sched/runq.h"

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/base/print.h"

#define BATCH (RUNQ / 2)
#define AHEAD 16 // as in yield.asm: a g is fetched so many places ahead

// ---- the owner's side ----

// compact moves head past the slots that thieves have emptied. Locks: ClaimLock is held.
static void
compact(p *pp)
{
	uint32_t h = load(pp->runqhead);
	while (h != load(pp->runqtail) && !load(pp->runq[h & (RUNQ - 1)]))
		h++;
	store(pp->runqhead, h);
}

static g *
popring(p *pp)
{
	compact(pp);
	uint32_t h = load(pp->runqhead);
	if (h == load(pp->runqtail))
		return NULL;
	store(pp->runqhead, h + 1);
	return load(pp->runq[h & (RUNQ - 1)]);
}

static uintptr_t
putslow(uintptr_t a, uintptr_t b)
{
	p *pp = (p *)a;
	g *half[BATCH];
	uint32_t n = 0;
	claimlock(&pp->claim);
	compact(pp);
	if (load(pp->runqtail) - load(pp->runqhead) == RUNQ)
		while (n < BATCH && (half[n] = popring(pp)))
			n++;
	uint32_t t = load(pp->runqtail);
	store(pp->runq[t & (RUNQ - 1)], (g *)b);
	storerel(pp->runqtail, t + 1);
	claimunlock(&pp->claim);
	if (n > 0) {
		pp->tiny = false; // it has more than enough goroutines of its own
		lock(&sched.lock);
		globput(half, n);
		unlock(&sched.lock);
	}
	return 0;
}

void
runqputslow(p *pp, g *gp)
{
	systemstack(putslow, (uintptr_t)pp, (uintptr_t)gp);
}

// takenext empties pp's next slot.
static g *
takenext(p *pp)
{
	g *gp;
	if (!load(pp->nexton))
		return NULL;
	store(pp->nexton, 0);
	lightfence();
	if (load(pp->claim) == 0)
		return load(pp->next);
	store(pp->nexton, 1);
	claimlock(&pp->claim);
	gp = load(pp->next);
	store(pp->nexton, 0);
	claimunlock(&pp->claim);
	return gp;
}

void
runqputnext(p *pp, g *gp)
{
	g *old = takenext(pp);
	store(pp->next, gp);
	storerel(pp->nexton, 1);
	if (load(pp->claim) & ClaimSlow)
		atomic_thread_fence(memory_order_seq_cst); // an idle m makes no barrier
	if (old)
		runqput(pp, old);
}

g *
runqgetslow(p *pp, bool *inherit)
{
	uint32_t claim = load(pp->claim);
	g *gp = takenext(pp);
	if (gp && claim & ClaimSlice) {
		// gp has inherited for long enough. It goes behind all others, even those in the
		// global queue.
		runqyield(pp, gp);
		gp = NULL;
	}
	if (gp) {
		*inherit = true;
		return gp;
	}
	if (load(pp->runqhead) == load(pp->runqtail))
		return NULL;
	claimlock(&pp->claim);
	gp = popring(pp);
	claimunlock(&pp->claim);
	return gp;
}

void
runqflush(p *pp)
{
	if (load(pp->yieldtail) == 0)
		return;
	pp->tiny = false;
	g *all[YIELDQ];
	uint32_t n = 0;
	claimlock(&pp->claim);
	for (uint32_t i = load(pp->yieldhead); i != load(pp->yieldtail); i++)
		all[n++] = load(pp->yieldq[i]);
	store(pp->yieldhead, 0);
	store(pp->yieldtail, 0);
	claimunlock(&pp->claim);
	lock(&sched.lock);
	globput(all, n);
	unlock(&sched.lock);
}

void
runqyield(p *pp, g *gp)
{
	uint32_t t = load(pp->yieldtail);
	if (t == YIELDQ) {
		runqflush(pp);
		t = 0;
	}
	if (t == 0 && load(sched.globsize) == 0) {
		runqput(pp, gp);
		return;
	}
	store(pp->yieldq[t], gp);
	storerel(pp->yieldtail, t + 1);
}

// ---- thieves ----

g *
runqsteal(p *pp, p *victim, bool late)
{
	g *got[BATCH + 1];
	uint32_t n = 0;
	if (!claimtry(&victim->claim))
		return NULL;
	heavyfence();
	// Read head first: a push, and a pop that is undone, may come in between.
	uint32_t h = loadacq(victim->runqhead), t = loadacq(victim->runqtail);
	while (h != t && !load(victim->runq[h & (RUNQ - 1)]))
		h++;
	for (uint32_t want = (t - h + 1) / 2; h != t && n < want; h++) {
		g *gp = load(victim->runq[h & (RUNQ - 1)]);
		if (gp) {
			store(victim->runq[h & (RUNQ - 1)], NULL);
			got[n++] = gp;
		}
	}
	uint32_t yt = loadacq(victim->yieldtail), yh = load(victim->yieldhead);
	for (; n < BATCH && yh != yt; yh++)
		got[n++] = load(victim->yieldq[yh]);
	store(victim->yieldhead, yh);
	if (n == 0 && late && loadacq(victim->nexton) && (got[0] = load(victim->next))) {
		store(victim->next, NULL);
		n = 1;
	}
	claimunlock(&victim->claim);
	if (n == 0)
		return NULL;
	storerel(pp->statseq, load(pp->statseq) + 1);
	bump(pp->nsteal, 1);
	bump(pp->nstolen, n);
	storerel(pp->statseq, load(pp->statseq) + 1);
	for (uint32_t i = 1; i < n; i++)
		runqput(pp, got[i]);
	return got[0];
}

void
runqdrain(p *pp)
{
	g *gp;
	claimlock(&pp->claim);
	if (load(pp->nexton) && (gp = load(pp->next)))
		globput1(gp);
	store(pp->nexton, 0);
	while ((gp = popring(pp)))
		globput1(gp);
	for (uint32_t i = load(pp->yieldhead); i != load(pp->yieldtail); i++)
		globput1(load(pp->yieldq[i]));
	store(pp->yieldhead, 0);
	store(pp->yieldtail, 0);
	claimunlock(&pp->claim);
}

void
runqforget(p *pp)
{
	store(pp->runqhead, load(pp->runqtail));
	store(pp->nexton, 0);
	store(pp->yieldhead, 0);
	store(pp->yieldtail, 0);
}

void
runqfork(void)
{
	sched.globhead = sched.globtail = 0;
	store(sched.globsize, 0);
}

// ---- the global queue ----

static void
globgrow(void)
{
	size_t cap = sched.globcap ? 2 * sched.globcap : 1024, n = sched.globtail - sched.globhead;
	g **q = osmap(cap * sizeof *q, PAGE, UseTables);
	if (!q)
		fatal("out of memory: the run queue cannot grow (see ulimit -v, vm.max_map_count)");
	for (size_t i = 0; i < n; i++)
		q[i] = sched.globq[(sched.globhead + i) & (sched.globcap - 1)];
	if (sched.globq)
		osunmap(sched.globq, sched.globcap * sizeof *q, UseTables);
	sched.globq = q;
	sched.globcap = cap;
	sched.globhead = 0;
	sched.globtail = n;
}

void
globput(g **gs, size_t n)
{
	while (sched.globtail - sched.globhead + n > sched.globcap)
		globgrow();
	for (size_t i = 0; i < n; i++)
		sched.globq[sched.globtail++ & (sched.globcap - 1)] = gs[i];
	store(sched.globsize, sched.globtail - sched.globhead);
}

g *
globpick(size_t k)
{
	g **first = &sched.globq[sched.globhead & (sched.globcap - 1)], **at = &sched.globq[(sched.globhead + k) & (sched.globcap - 1)];
	g *gp = *at;
	*at = *first;
	sched.globhead++;
	store(sched.globsize, sched.globtail - sched.globhead);
	return gp;
}

g *
globget(p *pp, uint32_t max)
{
	size_t n = sched.globtail - sched.globhead, share = n / load(sched.nprocs) + 1;
	if (n == 0)
		return NULL;
	if (n > share)
		n = share;
	if (n > max)
		n = max;
	// The cache lines that the first ones need are fetched before any thread can take them.
	for (size_t i = 0; i < n && i < AHEAD; i++)
		__builtin_prefetch(sched.globq[(sched.globhead + i) & (sched.globcap - 1)]);
	for (size_t i = 0; i < n && i < AHEAD / 2; i++)
		__builtin_prefetch((void *)sched.globq[(sched.globhead + i) & (sched.globcap - 1)]->sched.sp);
	g *first = sched.globq[sched.globhead++ & (sched.globcap - 1)];
	uint32_t t = load(pp->runqtail);
	for (size_t i = 1; i < n; i++)
		store(pp->runq[t++ & (RUNQ - 1)], sched.globq[sched.globhead++ & (sched.globcap - 1)]);
	storerel(pp->runqtail, t);
	store(sched.globsize, sched.globtail - sched.globhead);
	return first;
}
