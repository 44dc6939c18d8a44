// SPDX-License-Identifier: MIT
//
// p.c - makes, flushes and forgets ps (p.h), and holds the table of the runtime's subsystems.
//
// A p, and the wheel of its timers, is made once per number and never freed, so it needs no
// fixalloc.

#include "core/sched/p.h"

#include "alloc/mcache.h"
#include "core/base/os.h"
#include "core/preempt/preempt.h"
#include "core/sched/proc.h"
#include "core/sched/runq.h"
#include "core/sched/scan.h"
#include "core/stack/stack.h"
#include "core/sync/ctx.h"
#include "core/sync/pool.h"
#include "core/sync/sema.h"
#include "core/sync/sudog.h"
#include "core/time/timer.h"

#define PATIENCE 10000000u // ns for which trimall waits for a p: the length of a time slice
#define PBYTES ((sizeof(p) + PAGE - 1) & -(size_t)PAGE)

p *allp[MAXPROCS];

static void
schedlock(void)
{
	lock(&sched.lock);
}

static void
schedunlock(void)
{
	unlock(&sched.lock);
}

// In the order of their locks.
const subsystem subsystems[] = {
	{.name = "world", .fork = worldfork},
	{.name = "thread template", .fork = templatefork},
	{.name = "pools", .fork = poolfork},
	{.name = "semaphores", .fork = semafork},
	{.name = "contexts", .objects = &fixctxs, .lock = ctxlock, .unlock = ctxunlock, .fork = ctxfork},
	{.name = "nurseries", .fork = nurseryfork},
	{.name = "timers", .pinit = timersnew, .fork = timerfork},
	{.name = "keeper", .fork = keeperfork},
	{.name = "threads", .objects = &fixms, .lock = schedlock, .unlock = schedunlock, .fork = threadsfork},
	{.name = "run queues", .pflush = runqdrain, .fork = runqfork},
	{.name = "sudogs", .objects = &fixsudogs, .pcache = offsetof(p, sudogs)},
	{.name = "registers", .objects = &fixregs, .mcache = offsetof(m, regs)},
	{.name = "goroutines", .objects = &fixgs, .pcache = offsetof(p, gs), .lock = alllock, .unlock = allunlock, .fork = gfork,
		.trim = gtrim},
	{.name = "stacks", .pflush = stackflush, .pforget = stackforget, .lock = stacklock, .unlock = stackunlock,
		.trim = stacktrim, .stats = stackstats},
	{.name = "unsafe frames", .pflush = uflush, .pforget = uforget, .lock = ulock, .unlock = uunlock, .trim = utrim,
		.stats = ustats},
	{.name = "heap", .pinit = heappinit, .pflush = heappflush, .lock = heaplockall, .unlock = heapunlockall, .fork = heapfork,
		.trim = heaptrimall},
	{.name = "stack walk", .fork = scanfork},
	{.name = "monitor", .fork = sysmonfork},
	{.name = "storm", .fork = stormfork},
	{.name = "embedding", .fork = embedfork},
	{.name = NULL},
};

p *
pmake(uint32_t id)
{
	p *pp = osmap(PBYTES, PAGE, UseSched);
	if (!pp)
		return NULL;
	pp->id = id;
	for (const subsystem *s = subsystems; s->name; s++)
		if (s->pinit && !s->pinit(pp)) {
			osunmap(pp, PBYTES, UseSched);
			return NULL;
		}
	pp->status = Pstopped;
	pp->globtick = GLOBTICK;
	return pp;
}

static fixcache *
cacheof(const subsystem *s, p *pp)
{
	return (fixcache *)((char *)pp + s->pcache);
}

// flush gives what pp keeps of s to all.
static void
flush(const subsystem *s, p *pp)
{
	if (s->pcache)
		fixspill(s->objects, cacheof(s, pp), 0);
	if (s->pflush)
		s->pflush(pp);
}

void
pflush(p *pp)
{
	for (const subsystem *s = subsystems; s->name; s++)
		flush(s, pp);
}

void
pforget(p *pp, bool own)
{
	runqforget(pp); // those goroutines are gone, even on the caller's own p
	store(pp->nspawn, 0);
	store(pp->nexit, 0);
	store(pp->inbox, NULL);
	store(pp->section, 0);
	atomic_fetch_and(&pp->claim, ~(uint32_t)(ClaimLock | ClaimAsk | ClaimSlice | ClaimScan));
	if (own)
		return;
	for (const subsystem *s = subsystems; s->name; s++) {
		if (s->pcache)
			fixlose(cacheof(s, pp));
		if (s->pforget)
			s->pforget(pp);
	}
	store(pp->m, NULL);
}

fixstats
objectsof(const subsystem *s)
{
	size_t cached = 0;
	for (uint32_t i = 0; s->pcache && i < MAXPROCS && allp[i]; i++)
		cached += fixcached(cacheof(s, allp[i]));
	for (const m *mp = s->mcache ? sched.allm : NULL; mp; mp = mp->alllink)
		cached += fixcached((const fixcache *)((const char *)mp + s->mcache));
	return fixcount(s->objects, cached);
}

// flushcaches moves to the common lists what pp keeps and what can be trimmed.
static void
flushcaches(p *pp, void *unused)
{
	(void)unused;
	for (const subsystem *s = subsystems; s->name; s++)
		if (s->trim)
			flush(s, pp);
}

static uintptr_t
trim_m(uintptr_t a, uintptr_t b)
{
	size_t n = 0;
	(void)a;
	(void)b;
	for (const subsystem *s = subsystems; s->name; s++)
		if (s->trim)
			n += s->trim();
	return n;
}

size_t
trimall(void)
{
	(void)foreachp(flushcaches, NULL, PATIENCE); // a p that takes longer keeps its caches
	return systemstack(trim_m, 0, 0);
}
