// SPDX-License-Identifier: MIT
//
// stats.c - counts what the heap has: thrum_get_memstats.

#include "alloc/mcache.h"

#include "alloc/debug.h"
#include "core/base/os.h"
#include "core/sched/proc.h"

mspan *
nextspan(const zone *z, uint32_t *at)
{
	while (*at < z->mapped) {
		mspan *s = loadacq(z->span[*at]);
		uintptr_t page = z->base + ((uintptr_t)*at << HEAPPAGESHIFT);
		++*at;
		if (s && s->base == page && s->npages > 0) {
			*at += s->npages - 1;
			return s;
		}
	}
	return NULL;
}

static void
addspan(thrum_memstats *out, const mspan *s)
{
	if (load(s->state) == SpanDead) { // kept by a cache
		out->freepages += (size_t)s->npages << HEAPPAGESHIFT;
		return;
	}
	thrum_classstats *cs = &out->classes[binclass(s->bin)];
	cs->spans++;
	cs->free += s->nfree;
	cs->inuse += s->nelems - s->nfree;
	if (load(s->state) == SpanLarge)
		cs->bytes += s->size;
}

static void
addcache(thrum_memstats *out, const mcache *c)
{
	for (uint32_t b = 0; b < NBIN; b++)
		out->classes[binclass(b)].cached += (size_t)(c->mag[b].top - c->mag[b].bottom);
	out->refills += load(c->refills);
	out->flushes += load(c->flushes);
}

static uintptr_t
stats(uintptr_t a, uintptr_t unused)
{
	thrum_memstats *out = (thrum_memstats *)a;
	(void)unused;
	debuglock();
	lock(&caches.lock);
	lock(&heap.lock);
	for (const zone *z = heap.zones; z; z = z->next) {
		const mspan *s;
		for (uint32_t at = 0; (s = nextspan(z, &at));)
			addspan(out, s);
		out->freepages += (size_t)z->pages.nfree << HEAPPAGESHIFT;
		out->released += (size_t)z->pages.nscav << HEAPPAGESHIFT;
	}
	for (const mcache *c = caches.all; c; c = c->link)
		addcache(out, c);
	debugstats(out);
	unlock(&heap.lock);
	unlock(&caches.lock);
	debugunlock();
	return 0;
}

API void
thrum_get_memstats(thrum_memstats *out)
{
	memset(out, 0, sizeof *out);
	systemstack(stats, (uintptr_t)out, 0);
	out->mapped = osmapped(UseHeap);
	out->meta = osmapped(UseMeta);
	for (uint32_t i = 0; i < NCLASS; i++) {
		thrum_classstats *cs = &out->classes[i];
		cs->size = classsize[i];
		// If others allocate meanwhile, more may be cached than was free.
		cs->inuse -= cs->cached < cs->inuse ? cs->cached : cs->inuse;
		if (i > 0)
			cs->bytes = cs->inuse * cs->size;
		out->inuse += cs->inuse;
		out->bytes += cs->bytes;
	}
}
