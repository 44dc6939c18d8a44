// SPDX-License-Identifier: MIT
//
// mcache.c - fills and flushes magazines, and moves spans between their homes (mcache.h).

#include "alloc/mcache.h"

#include "alloc/debug.h"
#include "alloc/profile.h"
#include "alloc/site.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/sched/proc.h"

#define FIRSTBATCH 4  // objects with which an empty magazine is filled first
#define KEEP (1u << 16) // bytes of empty spans that a cache keeps in a bin

mcache nocache = {.mag = nocache.bin};

cachest caches = {.lock = MUTEX(RankCaches)};

// room returns how many objects the magazine of a class holds: an even number.
static uint32_t
room(uint32_t class)
{
	uint32_t size = classsize[class];
	return size <= 256 ? 128 : size <= 1024 ? 64 : size <= 4096 ? 16 : size <= 8192 ? 8 : 4;
}

static uint32_t
slots(void)
{
	uint32_t n = 0;
	for (uint32_t b = 0; b < NBIN; b++)
		n += binclass(b) ? room(binclass(b)) : 0;
	return n;
}

mcache *
mcachenew(p *pp)
{
	lock(&caches.lock);
	if (!caches.ready) {
		heapinit();
		caches.ready = true;
	}
	mcache *c = caches.unused;
	if (c)
		caches.unused = c->unused;
	else if ((c = heapmeta(sizeof *c + slots() * sizeof *c->slot))) {
		slot *slot = c->slot;
		for (uint32_t b = 0; b < NBIN; b++) {
			magazine *mag = &c->bin[b];
			uint32_t n = binclass(b) ? room(binclass(b)) : 0;
			mag->top = mag->bottom = slot;
			mag->limit = slot += n;
		}
		c->mag = c->bin;
		c->lock = (mutex)MUTEX(RankMcache);
		c->link = caches.all;
		caches.all = c;
	}
	if (c) {
		for (uint32_t b = 0; b < NBIN; b++)
			c->mag[b].batch = FIRSTBATCH;
		c->inuse = true;
		c->p = pp;
	}
	unlock(&caches.lock);
	return c;
}

// ---- homes of spans ---------------------------------------------------------------------

static mutex *
homelock(mcache *c, uint32_t bin)
{
	return c ? &c->lock : &centrals[bin].lock;
}

// lockhome locks the home of s. Returns: the cache; NULL if s is in the central lists.
static mcache *
lockhome(mspan *s)
{
	for (;;) {
		mcache *c = loadacq(s->owner);
		mutex *l = homelock(c, s->bin);
		lock(l);
		if (load(s->owner) == c)
			return c;
		unlock(l);
	}
}

// adopt makes c the owner of a span in the central lists. The lock of c is held.
static mspan *
adopt(mcache *c, uint32_t bin)
{
	central *ce = &centrals[bin];
	if (!__atomic_load_n(&ce->partial.first, __ATOMIC_RELAXED))
		return NULL;
	lock(&ce->lock);
	mspan *s = ce->partial.first;
	if (s) {
		spanremove(&ce->partial, s);
		storerel(s->owner, c);
	}
	unlock(&ce->lock);
	return s;
}

// ---- filling ----------------------------------------------------------------------------

// fill writes the slots of n neighbours from the object at base on, the first one below top.
// Returns: where the last one is.
static inline slot *
fill(slot *top, uintptr_t base, cell *cell, uint32_t size, uint32_t n)
{
	typedef uint64_t pair __attribute__((vector_size(16), may_alias)); // a slot in one register
	pair next = {base, (uintptr_t)cell}, step = {size, sizeof *cell};
	static_assert(sizeof(pair) == sizeof(slot), "fill");
	for (; n > 0; n--, next += step)
		*(pair *)--top = next;
	return top;
}

// take moves up to n free objects of s to slots that end at top, so that the lowest is taken first.
// Returns: how many.
static uint32_t
take(mspan *s, slot *top, uint32_t n)
{
	uint32_t left = n < s->nfree ? n : s->nfree, w = s->hint;
	uint64_t *bits = freebits(s);
	s->nfree -= (uint16_t)left;
	n = left;
	while (left > 0) {
		uint64_t word = bits[w];
		uint32_t at = w * 64;
		for (; word && left > 0;) {
			uint32_t skip = (uint32_t)__builtin_ctzll(word);
			uint64_t behind = ~(word >> skip);
			uint32_t run = behind ? (uint32_t)__builtin_ctzll(behind) : 64;
			run = run < left ? run : left;
			at = w * 64 + skip;
			top = fill(top, s->base + (uintptr_t)at * s->size, &s->cells[at], (uint32_t)s->size, run);
			left -= run;
			word &= ~(UINT64_MAX >> (64 - run) << skip);
		}
		bits[w] = word;
		w += word == 0;
	}
	s->hint = (uint8_t)w;
	return n;
}

bool
magfill(mcache *c, uint32_t bin)
{
	magazine *mag = &c->mag[bin];
	uint32_t most = (uint32_t)(mag->limit - mag->bottom) / 2, want = mag->batch < most ? mag->batch : most, got = 0;
	lock(&c->lock);
	bump(c->refills, 1);
	slot *top = mag->bottom + want;
	while (got < want) {
		mspan *s = c->partial[bin].first;
		if (!s) {
			if (got > 0 && got >= want / 2)
				break;
			if (!(s = adopt(c, bin)) && !(s = spannew(c, bin)))
				break;
			spanpush(&c->partial[bin], s);
			c->nempty[bin] += s->nfree == s->nelems;
		}
		c->nempty[bin] -= s->nfree == s->nelems;
		got += take(s, top - got, want - got);
		if (s->nfree == 0) {
			spanremove(&c->partial[bin], s);
			spanpush(&c->full[bin], s);
		}
	}
	unlock(&c->lock);
	if (got == 0)
		return false;
	mag->batch = 2 * want;
	if (got < want)
		memmove(mag->bottom, top - got, got * sizeof *top);
	mag->top = mag->bottom + got;
	return true;
}

// ---- giving back ------------------------------------------------------------------------

// relist puts a span of home, which is locked, into the right list after it has got its first free
// object or its last. had is the number of its free objects before. If all objects are free, and
// the home has KEEP bytes of such spans in the bin, the span ends.
static __attribute__((noinline)) void
relist(mcache *home, mspan *s, uint32_t had)
{
	uint32_t bin = s->bin;
	spanlist *partial = home ? &home->partial[bin] : &centrals[bin].partial;
	if (had == 0) {
		spanremove(home ? &home->full[bin] : &centrals[bin].full, s);
		spanpush(partial, s);
	}
	if (s->nfree != s->nelems)
		return;
	if (home && home->nempty[bin] * (s->npages << HEAPPAGESHIFT) < KEEP) {
		home->nempty[bin]++;
		return;
	}
	spanremove(partial, s);
	spanend(home, s);
}

// cellnumber returns the number of a cell of s, or a larger one than there is.
static inline uintptr_t
cellnumber(const mspan *s, const cell *c)
{
	return ((uintptr_t)c - (uintptr_t)s->cells) / sizeof *c;
}

// putback makes an object of s free that is not in use. The home of s is locked.
static inline void
putback(mcache *home, mspan *s, const slot *o, uint32_t i)
{
	uint64_t *word = freebits(s) + i / 64, bit = (uint64_t)1 << (i % 64);
	if (__builtin_expect((*word & bit) || load(s->cells[i]), 0))
		heapfatal(TWICE, o->object, homelock(home, s->bin));
	*word |= bit;
	if (i / 64 < s->hint)
		s->hint = (uint8_t)(i / 64);
}

// spillhome gives back those of n objects whose home is that of the last one. The others move to
// the front. Returns: how many are left. Most often an object is of the span of the one before.
static uint32_t
spillhome(slot *o, uint32_t n)
{
	slot *end = o + n, *left = o;
	mspan *s = spanof((uintptr_t)end[-1].object);
	if (!s)
		heapfatal(TWICE, end[-1].object, NULL);
	uint32_t bin = s->bin;
	mcache *home = lockhome(s);
	for (slot *at = o; at < end;) {
		s = spanof((uintptr_t)at->object);
		uintptr_t i = s ? cellnumber(s, at->cell) : 0;
		if (__builtin_expect(!s || i >= s->nelems, 0))
			heapfatal(TWICE, at->object, homelock(home, bin)); // its span has ended
		if (load(s->owner) != home) {
			*left++ = *at++;
			continue;
		}
		uint32_t had = s->nfree, nelems = s->nelems, nfree = had;
		do {
			putback(home, s, at, (uint32_t)i);
			nfree++;
			i = ++at < end ? cellnumber(s, at->cell) : nelems;
		} while (i < nelems);
		s->nfree = (uint16_t)nfree;
		if (__builtin_expect(had == 0 || nfree == nelems, 0))
			relist(home, s, had);
	}
	unlock(homelock(home, bin));
	return (uint32_t)(left - o);
}

void
magspill(mcache *c, uint32_t bin, uint32_t keep)
{
	magazine *mag = &c->mag[bin];
	uint32_t n = (uint32_t)(mag->top - mag->bottom), less = n > keep ? n - keep : 0;
	bump(c->flushes, 1);
	for (uint32_t left = less; left > 0;)
		left = spillhome(mag->bottom, left);
	memmove(mag->bottom, mag->bottom + less, (n - less) * sizeof *mag->bottom);
	mag->top = mag->bottom + (n - less);
}

void
giveone(mspan *s, uintptr_t p)
{
	slot o = {(void *)p, cellof(s, p)};
	store(*o.cell, 0);
	spillhome(&o, 1);
}

// abandon moves the spans of c in one of its lists to the central lists, or ends them.
static void
abandon(mcache *c, spanlist *l, uint32_t bin)
{
	central *ce = &centrals[bin];
	for (mspan *s; (s = l->first);) {
		spanremove(l, s);
		if (s->nfree == s->nelems) {
			spanend(c, s);
			continue;
		}
		lock(&ce->lock);
		spanpush(s->nfree ? &ce->partial : &ce->full, s);
		storerel(s->owner, NULL);
		unlock(&ce->lock);
	}
}

void
mcacheflush(mcache *c)
{
	c->tiny = c->tinyend = 0;
	for (uint32_t b = 0; b < NBIN; b++)
		if (c->mag[b].top != c->mag[b].bottom)
			magspill(c, b, 0);
	lock(&c->lock);
	for (uint32_t b = 0; b < NBIN; b++) {
		abandon(c, &c->partial[b], b);
		abandon(c, &c->full[b], b);
		c->mag[b].batch = FIRSTBATCH;
		c->nempty[b] = 0;
	}
	heapflush(c);
	unlock(&c->lock);
}

void
mcacheend(mcache *c)
{
	mcacheflush(c);
	lock(&caches.lock);
	c->inuse = false;
	c->unused = caches.unused;
	caches.unused = c;
	unlock(&caches.lock);
}

// ---- ps, and fork -----------------------------------------------------------------------

bool
heappinit(p *pp)
{
	pp->mcache = &nocache;
	return true;
}

void
heappflush(p *pp)
{
	if (pp->mcache != &nocache)
		mcacheflush(pp->mcache);
}

size_t
heaptrimall(void)
{
	if (threadcache != &nocache)
		mcacheflush(threadcache);
	return heaptrim();
}

// The rank of mcaches allows one at a time, so fork takes them past it.
static void
locknext(mutex *l)
{
	for (unsigned i = 0; !trylock(l); i++)
		spinwait(i);
}

void
heaplockall(void)
{
	debuglock();
	lock(&caches.lock);
	for (mcache *c = caches.all; c; c = c->link)
		locknext(&c->lock);
	for (uint32_t b = 0; b < NBIN; b++)
		locknext(&centrals[b].lock);
	lock(&heap.lock);
	profilelock();
	sitelock();
}

void
heapunlockall(void)
{
	siteunlock();
	profileunlock();
	unlock(&heap.lock);
	for (uint32_t b = NBIN; b-- > 0;)
		unlock(&centrals[b].lock);
	for (mcache *c = caches.all; c; c = c->link)
		unlock(&c->lock);
	unlock(&caches.lock);
	debugunlock();
}

// The users of other caches are gone. One may have been amid a fast way, so what is in the
// magazines of its cache may also be in use: it is lost. The spans are whole, because their lock
// was held.
void
heapfork(void)
{
	const m *mp = thrum_m;
	store(heap.monitored, false); // the monitor is gone, too
	store(heap.scavenging, false);
	for (mcache *c = caches.all; c; c = c->link) {
		if (c == threadcache || c == debugcache() || (c->p && mp && load(mp->p) == c->p) || !c->inuse)
			continue;
		c->tiny = c->tinyend = 0;
		for (uint32_t b = 0; b < NBIN; b++) {
			caches.lossy |= c->mag[b].top != c->mag[b].bottom;
			c->mag[b].top = c->mag[b].bottom;
		}
		if (c->p)
			mcacheflush(c);
		else
			mcacheend(c);
	}
}
