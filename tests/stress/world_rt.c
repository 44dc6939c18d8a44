// SPDX-License-Identifier: MIT
//
// world_rt.c - the part of world.c that sees the inside of the runtime.

#include "world.h"

#include "arch/arch.h"
#include "core/base/print.h"
#include "core/sched/proc.h"

// Words that belong to a p: only its owner, or the caller of foreachp for it, may change one.
static struct word {
	uint64_t n;
	char pad[CACHELINE - sizeof(uint64_t)];
} words[MAXPROCS];

static _Atomic uint64_t counted, looks;
static uint8_t called[MAXPROCS]; // in this foreachp: worldlock

// count adds one to pp's word, slowly: a second thread that does so too would be noticed.
static void
count(p *pp)
{
	volatile uint64_t *w = &words[pp->id].n;
	uint64_t n = *w;
	for (int i = 0; i < 20; i++)
		procyield();
	*w = n + 1;
	atomic_fetch_add(&counted, 1);
}

API void
thrum_test_own(void)
{
	p *pp = getp();
	if (pp)
		count(pp);
}

static void
each(p *pp, void *unused)
{
	(void)unused;
	if (called[pp->id]++)
		throw("foreachp has called fn twice for a p");
	if (load(pp->claim) & ClaimEach)
		throw("foreachp: the p still has its bit");
	count(pp);
}

static uintptr_t
resetcalled(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	for (uint32_t i = 0; i < MAXPROCS; i++)
		called[i] = 0;
	return 0;
}

static void
eachreset(p *pp, void *first)
{
	if (*(bool *)first)
		resetcalled(0, 0);
	*(bool *)first = false;
	each(pp, NULL);
}

// thrum_test_each: true when all ps have been reached within the patience, in ns.
PARKS bool
thrum_test_each(uint64_t patience)
{
	bool first = true;
	return foreachp(eachreset, &first, patience);
}

static void
stopped(void *unused)
{
	uint64_t before[MAXPROCS];
	(void)unused;
	for (uint32_t i = 0; i < load(sched.nprocs); i++) {
		before[i] = words[i].n;
		if (allp[i]->status != Pstopped || load(allp[i]->m))
			throw("worldstopped: a p is not stopped");
	}
	for (int i = 0; i < 500; i++)
		procyield();
	for (uint32_t i = 0; i < load(sched.nprocs); i++)
		if (before[i] != words[i].n)
			throw("worldstopped: somebody runs");
	atomic_fetch_add(&looks, 1);
}

PARKS void
thrum_test_stopped(void)
{
	worldstopped(stopped, NULL);
}

// thrum_test_sum throws if the words do not add up to what was counted. Nobody counts any more.
API uint64_t
thrum_test_sum(void)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < MAXPROCS; i++)
		sum += words[i].n;
	if (sum != load(counted))
		throw("two threads have changed the word of one p at the same time");
	return sum;
}
