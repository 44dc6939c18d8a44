// SPDX-License-Identifier: MIT
//
// site.c - finds or makes the record of a place (site.h).

#include "alloc/site.h"

#include "alloc/heap.h"
#include "core/base/fixalloc.h"
#include "core/base/lock.h"
#include "core/diag/symbol.h"
#include "core/diag/traceback.h"

#define BUCKETS 4096 // a power of two
#define OWN 8        // calls of the runtime between the program's call and the frame

static const fixkind sitekind = {.name = "sites", .use = UseMeta, .slab = 1 << 16, .link = offsetof(site, next)};

static struct {
	mutex lock;
	// lock:
	fixalloc records;
	site **bucket; // NULL: not mapped yet
} sites = {.lock = MUTEX(RankSites), .records = FIXALLOC(&sitekind, sizeof(site))};

// ready is set when the unwind tables can be found. A static program's libc allocates before. It is
// volatile, or the compiler runs the constructor itself.
static bool volatile ready;

static __attribute__((constructor(101))) void
getready(void)
{
	ready = true;
}

static uint64_t
hashof(const uintptr_t *pc, uint32_t n)
{
	uint64_t h = n;
	for (uint32_t i = 0; i < n; i++)
		h = (h ^ pc[i]) * 0x9e3779b97f4a7c15u, h ^= h >> 29;
	return h;
}

// lookup returns the record of n pcs, a new one if there is none. sites.lock is held.
static site *
lookup(const uintptr_t *pc, uint32_t n)
{
	uint64_t h = hashof(pc, n);
	if (!sites.bucket && !(sites.bucket = heapmeta(BUCKETS * sizeof *sites.bucket)))
		return NULL;
	site **at = &sites.bucket[h % BUCKETS];
	for (site *s = *at; s; s = s->next)
		if (s->hash == h && s->n == n && memcmp(s->pc, pc, n * sizeof *pc) == 0)
			return s;
	site *s = fixget(&sites.records);
	if (!s)
		return NULL;
	s->hash = h;
	s->n = n;
	memcpy(s->pc, pc, n * sizeof *pc);
	s->next = *at;
	return *at = s;
}

site *
siteof(uintptr_t frame, uint32_t depth)
{
	uintptr_t pc[SITEDEPTH];
	uint32_t n = 1;
	regs r;
	callerregs(&r, frame);
	for (int i = 0; i < OWN && inruntime(r.r[DwPc]); i++) // these keep rbp
		callerregs(&r, r.r[DwRbp]);
	if (ready)
		n = tracepcs(&r, pc, depth);
	else
		pc[0] = r.r[DwPc] - 1;
	lock(&sites.lock);
	site *s = lookup(pc, n);
	unlock(&sites.lock);
	return s;
}

void
siteeach(void (*fn)(const site *s, void *arg), void *arg)
{
	lock(&sites.lock);
	for (uint32_t i = 0; sites.bucket && i < BUCKETS; i++)
		for (const site *s = sites.bucket[i]; s; s = s->next)
			fn(s, arg);
	unlock(&sites.lock);
}

void
sitelock(void)
{
	lock(&sites.lock);
}

void
siteunlock(void)
{
	unlock(&sites.lock);
}
