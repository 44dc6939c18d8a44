// SPDX-License-Identifier: MIT
//
// check.c - compares everything that the heap knows: spans, lists, magazines and pages (mcache.h).
//
// heapcheck is for a heap that no thread uses: all of it must agree. With THRUM_DEBUG=heapcheck=N
// every N-th slow way looks at the heap while others use it. It takes all locks of the heap. Then
// spans of small objects, their bits, lists and pages stand still. These do not:
//
//	magazines of other threads and ps, and the cells of the objects in them
//	spans of large objects that begin or end: their state changes without a lock
//
// So the first are left out, and with them the search for objects that are in no place at all. They
// are not left out if each other cache belongs to a p that nobody has, as is so on one p. Of large
// objects only what holds all the time is compared.
//
// Rejected: stopping the world. malloc would have to park its goroutine for that, and threads in
// foreign calls use the heap even so.

#include "alloc/mcache.h"

#include "alloc/debug.h"
#include "core/base/debug.h"
#include "core/base/print.h"
#include "core/sched/proc.h"

static bool alone; // all locks: nothing is in flux

static bool
kept(const mspan *s)
{
	for (const mcache *c = caches.all; c; c = c->link)
		for (uint32_t i = 0; i < c->nlarge; i++)
			if (c->large[i] == s)
				return true;
	return false;
}

// checklarge checks a large object that may end meanwhile.
static const char *
checklarge(const zone *z, const mspan *s)
{
	uintptr_t base = s->base, n = s->npages;
	uint64_t first = (base - z->base) >> HEAPPAGESHIFT;
	bool good = s->nelems == 1 && binclass(s->bin) == 0 && !load(s->owner) && first + n <= z->mapped;
	for (uint64_t i = 0; good && i < n; i++)
		good = load(z->span[first + i]) == s;
	return good || load(s->state) != SpanLarge || s->base != base || s->npages != n ? NULL : "a large span is broken";
}

static const char *
checkspan(const zone *z, mspan *s)
{
	if (!alone && load(s->state) != SpanSmall)
		return load(s->state) == SpanLarge ? checklarge(z, s) : NULL;
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
		if (load(s->cells[i]) && bits[i / 64] >> (i % 64) & 1)
			return "an object in use is free";
	return n == s->nfree ? NULL : "a span does not count its free objects";
}

// checklist checks the spans in one list of c, or of the central lists. Returns: how many, or -1.
static long
checklist(const spanlist *l, const mcache *c, uint32_t bin, bool full)
{
	long n = 0, empty = 0;
	for (const mspan *s = l->first, *prev = NULL; s; prev = s, s = s->next, n++) {
		if (s->prev != prev || load(s->owner) != c || s->bin != bin || (s->nfree == 0) != full ||
			load(s->state) != SpanSmall)
			return -1;
		empty += s->nfree == s->nelems;
	}
	return c && !full && empty != c->nempty[bin] ? -1 : n;
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
		if (s->bin != bin || o->cell != &s->cells[i])
			return "a magazine has an object of another bin, or with another's cell";
		if (load(*o->cell))
			return "an object in use is in a magazine";
		uint64_t *word = &freebits(s)[i / 64];
		if ((*word >> (i % 64) & 1) == on)
			return "an object is kept twice";
		*word ^= (uint64_t)1 << (i % 64);
	}
	return NULL;
}

// markall does so for all caches, or for those of the calling thread.
static const char *
markall(bool on)
{
	const char *wrong = NULL;
	const mcache *mine = getmcache();
	for (const mcache *c = caches.all; c; c = c->link)
		for (uint32_t b = 0; b < NBIN && !wrong && (alone || c == mine || c == threadcache); b++)
			wrong = mark(c->mag[b].bottom, c->mag[b].top, b, on);
	return wrong;
}

static const char *
look(void)
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
	for (const zone *z = heap.zones; z && alone && !caches.lossy && !wrong; z = z->next) {
		mspan *s;
		for (uint32_t at = 0; (s = nextspan(z, &at)) && !wrong;)
			for (uint32_t i = 0; load(s->state) == SpanSmall && i < s->nelems; i++)
				if (!load(s->cells[i]) && !(freebits(s)[i / 64] >> (i % 64) & 1))
					wrong = "an object is lost";
	}
	const char *more = markall(false);
	return wrong ? wrong : more;
}

const char *
heapcheck(void)
{
	alone = true;
	return look();
}

// ---- while others use the heap ----------------------------------------------------------

// idle tells whether nobody can be using c, whose lock and sched.lock are held. The status of a p
// that was just taken may be Pidle yet, so the list of idle ones decides.
static bool
idle(const mcache *c)
{
	if (!c->inuse || c == debugcache())
		return true;
	const p *pp = c->p ? sched.pidle : NULL;
	while (pp && pp != c->p)
		pp = pp->link;
	return pp || (c->p && c->p->id >= load(sched.nprocs));
}

// others tells whether another thread may be amid a fast way. All locks are held.
static bool
others(void)
{
	const mcache *mine = getmcache();
	for (const mcache *c = caches.all; c; c = c->link)
		if (c != mine && c != threadcache && !idle(c))
			return true;
	return false;
}

void
heapcheckpoint(void)
{
	static _Atomic uint32_t n;
	static char text[100];
	if (atomic_fetch_add(&n, 1) % (uint32_t)debug.heapcheck != 0)
		return;
	if (heapdebugged())
		debugcheck();
	bool states = locksheld == 0; // else sched.lock may be one of them, or come too late
	if (states)
		lock(&sched.lock);
	heaplockall();
	alone = states && !others();
	const char *wrong = look();
	heapunlockall();
	if (states)
		unlock(&sched.lock);
	if (!wrong)
		return;
	text[printto(text, sizeof text - 1, "the heap is broken: %s", wrong)] = 0;
	throw(text);
}
