// SPDX-License-Identifier: MIT
//
// schedtrace.c - the state of the scheduler, printed in Go's format, and the statistics for
// programs.

#include "core/diag/schedtrace.h"

#include <errno.h>

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/diag/traceback.h"
#include "core/sched/p.h"
#include "core/sched/proc.h"
#include "core/sched/runq.h"

#define NLATENCY (uint32_t)(sizeof((thrum_stats *)0)->latency / sizeof(uint64_t))

static uint32_t
queued(const p *pp)
{
	return load(pp->runqtail) - load(pp->runqhead) + load(pp->nexton) + load(pp->yieldtail) - load(pp->yieldhead);
}

static long
idof(const g *gp)
{
	return gp ? (long)gp->goid : -1;
}

// memory prints the KB that are mapped, by what they are for, and objects: in use + free.
static void
memory(void)
{
	print("  MEM:");
	for (int use = 0; use < NUSE; use++)
		print(" %s=%luK", osusename((enum osuse)use), (unsigned long)(osmapped((enum osuse)use) / 1024));
	print("\n  OBJ:");
	for (const subsystem *s = subsystems; s->name; s++)
		if (s->objects) {
			fixstats n = objectsof(s);
			print(" %s=%lu+%lu", s->objects->kind->name, (unsigned long)n.inuse, (unsigned long)n.free);
		}
	print("\n");
}

static void
detailed(void)
{
	static const char *const pstatus[] = {"idle", "running", "stopped", "dead"};
	for (uint32_t i = 0; i < load(sched.nprocs); i++) {
		const p *pp = allp[i];
		const m *mp = load(pp->m);
		print("  P%u: status=%s schedtick=%u m=%ld runqsize=%u gfreecnt=%u\n", i, pstatus[pp->status], load(pp->schedtick),
			mp ? (long)mp->id : -1, queued(pp), fixcached(&pp->gs));
	}
	for (const m *mp = sched.allm; mp; mp = mp->alllink) {
		if (!mp->inuse)
			continue;
		const p *pp = load(mp->p);
		print("  M%u: tid=%d p=%ld curg=%ld spinning=%d idle=%d lockedg=%ld\n", mp->id, load(mp->tid),
			pp ? (long)pp->id : -1, idof(load(mp->curg)), mp->spinning, mp->idle, idof(mp->lockedg));
	}
	lock(&sched.alllock);
	for (size_t i = 0; i < load(sched.nallg); i++) {
		const g *gp = sched.allg[i];
		if (load(gp->status) != Gdead && load(gp->status) != Gidle)
			print("  G%lu: status=%s lockedm=%ld\n", (unsigned long)gp->goid, statusof(gp),
				gp->lockedm ? (long)gp->lockedm->id : -1);
	}
	unlock(&sched.alllock);
}

void
schedtrace(bool detail)
{
	static uint64_t start;
	uint64_t now = nanotime();
	if (!start)
		start = now;
	lock(&sched.lock);
	print("SCHED %lums: maxprocs=%u idleprocs=%u threads=%u spinningthreads=%u idlethreads=%u runqueue=%lu [",
		(unsigned long)((now - start) / 1000000), load(sched.nprocs), load(sched.npidle), sched.nm + sched.sysmonon,
		load(sched.nmspinning), sched.nmidle, (unsigned long)load(sched.globsize));
	for (uint32_t i = 0; i < load(sched.nprocs); i++)
		print(i ? " %u" : "%u", queued(allp[i]));
	print("]\n");
	if (detail) {
		memory();
		detailed();
	}
	unlock(&sched.lock);
}

// ---- statistics ----------------------------------------------------------------------

static_assert((int)NUSE == (int)THRUM_NMAPPED && (int)UseMeta == (int)THRUM_MAPPED_META, "the same numbers");

static const p *
pof(uint32_t i)
{
	return i < MAXPROCS ? allp[i] : NULL;
}

uint64_t
goroutines(void)
{
	// Count the ended ones first: a goroutine that ends in between has begun, so the result is
	// never too small by it.
	uint64_t ended = 0, begun = 0;
	const p *pp;
	for (uint32_t i = 0; (pp = pof(i)); i++)
		ended += loadacq(pp->nexit);
	for (uint32_t i = 0; (pp = pof(i)); i++)
		begun += loadacq(pp->nspawn);
	return begun + foreignspawns() - ended;
}

// stolen reads two counters that change together. It tries again while the owner changes them.
static void
stolen(const p *pp, uint64_t *steals, uint64_t *n)
{
	uint32_t seq;
	do {
		seq = loadacq(pp->statseq);
		*steals = load(pp->nsteal);
		*n = load(pp->nstolen);
		atomic_thread_fence(memory_order_acquire);
	} while (seq & 1 || seq != load(pp->statseq));
}

API void
thrum_get_stats(thrum_stats *out)
{
	const p *pp;
	*out = (thrum_stats){
		.goroutines = goroutines(),
		.spawned = foreignspawns(),
	};
	for (uint32_t i = 0; (pp = pof(i)); i++) {
		out->spawned += load(pp->nspawn);
		out->switches += load(pp->schedtick);
		out->copies += load(pp->copies);
		out->segments += load(pp->segments);
		out->parks += load(pp->npark);
		uint64_t steals, n;
		stolen(pp, &steals, &n);
		out->steals += steals;
		out->stolen += n;
		out->handovers += load(pp->nhandover);
		out->globpolls += load(pp->nglobpoll);
		if (i < load(sched.nprocs))
			out->runnable += queued(pp);
		for (uint32_t k = 0; k < THRUM_HIST_BUCKETS; k++) {
			uint64_t lo = thrum_hist_lower(k);
			uint32_t top = lo ? 63 - (uint32_t)__builtin_clzl(lo) : 0;
			out->latency[top < NLATENCY ? top : NLATENCY - 1] += load(pp->hist[THRUM_HIST_WAIT].count[k]);
		}
	}
	lock(&sched.lock);
	for (const m *mp = sched.allm; mp; mp = mp->alllink) {
		out->foreign += mp->ncallbacks;
		const g *gp = load(mp->curg);
		if (!mp->inuse || !gp)
			continue;
		if (load(mp->incall))
			out->in_foreign++;
		else
			out->running++;
	}
	out->procs = load(sched.nprocs);
	out->idle_procs = load(sched.npidle);
	out->threads = sched.nm + sched.sysmonon;
	out->idle_threads = sched.nmidle;
	out->spinning = load(sched.nmspinning);
	out->threads_started = sched.nthread;
	out->retakes = sched.nretake;
	out->runnable += load(sched.globsize);
	unlock(&sched.lock);
	uint64_t known = out->running + out->in_foreign + out->runnable;
	out->waiting = out->goroutines > known ? out->goroutines - known : 0;
	for (const subsystem *s = subsystems; s->name; s++)
		if (s->stats)
			s->stats(out);
	for (int use = 0; use < NUSE; use++)
		out->mapped[use] = osmapped((enum osuse)use);
}

API int
thrum_get_procstats(int i, thrum_procstats *out)
{
	const p *pp = i < 0 ? NULL : pof((uint32_t)i);
	if (!pp || (uint32_t)i >= load(sched.nprocs))
		return -EINVAL;
	*out = (thrum_procstats){
		.switches = load(pp->schedtick),
		.spawned = load(pp->nspawn),
		.ended = load(pp->nexit),
		.runnable = queued(pp),
		.globpolls = load(pp->nglobpoll),
		.running = load(pp->m) != NULL,
	};
	stolen(pp, &out->steals, &out->stolen);
	return 0;
}
