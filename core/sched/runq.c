// SPDX-License-Identifier: MIT
#include "core/sched/runq.h"

#include <string.h>

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/base/print.h"

#define BATCH (RUNQ / 2)
#define AHEAD 16 // as switch.asm: places ahead at which a g is fetched

void
runqinit(p *pp, g *dummy)
{
	// The prefetch of thrum_yield reads entries beyond the tail.
	for (int i = 0; i < RUNQ; i++)
		pp->runq[i] = dummy;
}

static void
globgrow(void)
{
	size_t cap = sched.globcap ? 2 * sched.globcap : 1024, n = sched.globtail - sched.globhead;
	g **q = osmap(cap * sizeof *q, PAGE);
	if (!q)
		fatal("out of memory: the run queue cannot grow");
	for (size_t i = 0; i < n; i++)
		q[i] = sched.globq[(sched.globhead + i) & (sched.globcap - 1)];
	if (sched.globq)
		osunmap(sched.globq, sched.globcap * sizeof *q);
	sched.globq = q;
	sched.globcap = cap;
	sched.globhead = 0;
	sched.globtail = n;
}

static void
globput(g **gs, size_t n)
{
	while (sched.globtail - sched.globhead + n > sched.globcap)
		globgrow();
	for (size_t i = 0; i < n; i++)
		sched.globq[sched.globtail++ & (sched.globcap - 1)] = gs[i];
}

// spill moves half of a full ring to the global queue. System stack.
static uintptr_t
spill(uintptr_t a, uintptr_t b)
{
	p *pp = (p *)a;
	g *half[BATCH];
	(void)b;
	for (int i = 0; i < BATCH; i++)
		half[i] = pp->runq[(pp->runqhead + (uint32_t)i) & (RUNQ - 1)];
	pp->runqhead += BATCH;
	globput(half, BATCH);
	return 0;
}

void
runqspill(p *pp)
{
	systemstack(spill, (uintptr_t)pp, 0);
}

static void
flush(p *pp)
{
	globput(pp->yieldq, pp->yieldn);
	pp->yieldn = 0;
}

void
runqyield(p *pp, g *gp)
{
	if (pp->yieldn == YIELDQ)
		flush(pp);
	if (pp->yieldn > 0 || sched.globhead != sched.globtail)
		pp->yieldq[pp->yieldn++] = gp;
	else
		runqput(pp, gp);
}

void
runqrefill(p *pp)
{
	if (pp->yieldn > 0)
		flush(pp);
	size_t n = sched.globtail - sched.globhead;
	if (n > BATCH)
		n = BATCH;
	for (size_t i = 0; i < n; i++) {
		g *gp = sched.globq[sched.globhead++ & (sched.globcap - 1)];
		pp->runq[pp->runqtail++ & (RUNQ - 1)] = gp;
		if (i < AHEAD)
			__builtin_prefetch(gp);
	}
	for (size_t i = 0; i < n && i < AHEAD / 2; i++)
		__builtin_prefetch((void *)pp->runq[(pp->runqhead + i) & (RUNQ - 1)]->sched.sp);
}
