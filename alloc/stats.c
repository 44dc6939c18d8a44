// SPDX-License-Identifier: MIT
//
// stats.c - looks at the whole heap: statistics, and the check of everything (mcache.h).

#include "alloc/mcache.h"

#include "alloc/debug.h"
#include "core/base/os.h"
#include "core/sched/proc.h"

// nextspan returns the first span whose pages begin at page *at of z or behind it; NULL at the end.
// *at is the page behind it then.
static mspan *
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

// ---- statistics -------------------------------------------------------------------------

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
		out->classes[binclass(b)].cached += (size_t)(c->bin[b].top - c->bin[b].bottom);
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

// ---- the check --------------------------------------------------------------------------

static bool
kept(const mspan *s)
{
	for (const mcache *c = caches.all; c; c = c->link)
		for (uint32_t i = 0; i < c->nlarge; i++)
			if (c->large[i] == s)
				return true;
	return false;
}

static const char *
checkspan(const zone *z, mspan *s)
{
	uint32_t first = (uint32_t)((s->base - z->base) >> HEAPPAGESHIFT), n = 0;
	for (uint32_t i = 0; i < s->npages; i++)
		if (load(z->span[first + i]) != s)
			return "a page of a span belongs to another";
	if (load(s->state) == SpanLarge)
		return s->nelems == 1 && binclass(s->bin) == 0 && !load(s->owner) ? NULL : "a large span has no single object";
	if (load(s->state) == SpanDead)
		return kept(s) ? NULL : "a dead span has pages";
	if (s->size != classsize[binclass(s->bin)] || s->npages != classpages[binclass(s->bin)] ||
		s->nelems != (s->npages << HEAPPAGESHIFT) / s->size)
		return "a span does not have the size of its class";
	const uint64_t *bits = freebits(s);
	for (uint32_t i = 0; i < (s->nelems + 63u) / 64; i++) {
		n += (uint32_t)__builtin_popcountll(bits[i]);
		if (i < s->hint && bits[i])
			return "a free object lies before the hint of its span";
	}
	if (s->nelems % 64 && bits[s->nelems / 64] >> (s->nelems % 64))
		return "an object behind the end of a span is free";
	for (uint32_t i = 0; i < s->nelems; i++)
		if (load(s->used[i]) && bits[i / 64] >> (i % 64) & 1)
			return "an object in use is free";
	return n == s->nfree ? NULL : "a span does not count its free objects";
}

// checklist checks the spans in one list of c, or of the central lists. Returns: how many, or -1.
static long
checklist(const spanlist *l, const mcache *c, uint32_t bin, bool full)
{
	long n = 0;
	for (const mspan *s = l->first, *prev = NULL; s; prev = s, s = s->next, n++)
		if (s->prev != prev || load(s->owner) != c || s->bin != bin || (s->nfree == 0) != full ||
			load(s->state) != SpanSmall)
			return -1;
	return n;
}

// mark makes the objects from o to end free in their spans, or takes that back. Returns: NULL, or
// what is wrong with them.
static const char *
mark(const slot *o, const slot *end, uint32_t bin, bool on)
{
	for (; o < end; o++) {
		uintptr_t p = (uintptr_t)o->object;
		mspan *s = spanof(p);
		if (!s || load(s->state) != SpanSmall || (s->starts && !isstart(s, p)))
			return "a cache keeps what is no object";
		uint32_t i = objectat(s, p);
		if (s->bin != bin || o->used != &s->used[i])
			return "a magazine has an object of another bin, or with another's byte";
		if (load(*o->used))
			return "an object in use is in a magazine";
		uint64_t *word = &freebits(s)[i / 64];
		if ((*word >> (i % 64) & 1) == on)
			return "an object is kept twice";
		*word ^= (uint64_t)1 << (i % 64);
	}
	return NULL;
}

static const char *
markall(bool on)
{
	const char *wrong = NULL;
	for (const mcache *c = caches.all; c; c = c->link)
		for (uint32_t b = 0; b < NBIN && !wrong; b++)
			wrong = mark(c->bin[b].bottom, c->bin[b].top, b, on);
	return wrong;
}

const char *
heapcheck(void)
{
	const char *wrong;
	long small = 0, listed = 0;
	for (const zone *z = heap.zones; z; z = z->next) {
		mspan *s;
		if ((wrong = pagescheck(&z->pages)))
			return wrong;
		for (uint32_t at = 0; (s = nextspan(z, &at)); small += load(s->state) == SpanSmall)
			if ((wrong = checkspan(z, s)))
				return wrong;
	}
	for (uint32_t b = 0; b < NBIN; b++) {
		long partial = checklist(&centrals[b].partial, NULL, b, false), full = checklist(&centrals[b].full, NULL, b, true);
		for (const mcache *c = caches.all; c && partial >= 0 && full >= 0; c = c->link) {
			listed += partial + full;
			partial = checklist(&c->partial[b], c, b, false);
			full = checklist(&c->full[b], c, b, true);
		}
		if (partial < 0 || full < 0)
			return "a span is in the wrong list";
		listed += partial + full;
	}
	if (small != listed)
		return "a span is in no list";
	if ((wrong = markall(true)))
		return wrong;
	for (const zone *z = heap.zones; z && !wrong; z = z->next) {
		mspan *s;
		for (uint32_t at = 0; (s = nextspan(z, &at)) && !wrong;)
			for (uint32_t i = 0; load(s->state) == SpanSmall && i < s->nelems; i++)
				if (!load(s->used[i]) && !(freebits(s)[i / 64] >> (i % 64) & 1))
					wrong = "an object is lost";
	}
	const char *more = markall(false);
	return wrong ? wrong : more;
}
