// SPDX-License-Identifier: MIT
//
// heap.c - maps zones and arenas, makes spans of their pages, and gives free pages to the kernel
// (heap.h).

#include "alloc/heap.h"

#include <errno.h>
#include <sys/auxv.h>

#include "alloc/mcache.h"
#include "core/base/os.h"
#include "core/base/print.h"

#define GROW (4u << 20 >> HEAPPAGESHIFT)      // heap pages mapped at a time
#define GROWSMALL (1u << 20 >> HEAPPAGESHIFT) // ... if there is not as much
#define SMALLZONE (1u << 30 >> HEAPPAGESHIFT) // heap pages of a zone, if address space is short
#define SPANSKEPT 64                          // records that a cache keeps
#define VERYLARGE (32u << 20 >> HEAPPAGESHIFT) // pages of an object
#define SCAVENGE (2u << 20 >> HEAPPAGESHIFT)  // pages given to the kernel at a time

// A record of size k has room for 16 << k objects: a cell for each, and words of free bits.
#define SPANKIND {.name = "spans", .use = UseMeta, .slab = 1 << 16, .link = offsetof(mspan, next)}
#define SPANSIZE(k) \
	((sizeof(mspan) + (16 * sizeof(cell) << (k)) + ((k) < 2 ? 8 : 2 << (k)) + CACHELINE - 1) & -(size_t)CACHELINE)
#define SPANS(k) FIXALLOC(&spankinds[k], SPANSIZE(k))

static const fixkind spankinds[NRECORD] = {SPANKIND, SPANKIND, SPANKIND, SPANKIND, SPANKIND, SPANKIND, SPANKIND};

heapt heap = {
	.lock = MUTEX(RankHeap),
	.spans = {SPANS(0), SPANS(1), SPANS(2), SPANS(3), SPANS(4), SPANS(5), SPANS(6)},
};
central centrals[NBIN];

void
heapinit(void)
{
	const void *random = (const void *)getauxval(AT_RANDOM); // 16 bytes
	heap.seed = 0x9e3779b97f4a7c15;
	if (random)
		memcpy(&heap.seed, random, sizeof heap.seed);
	heap.seed |= 1;
	for (uint32_t i = 0; i < NBIN; i++)
		centrals[i].lock = (mutex)MUTEX(RankCentral);
}

// ---- zones and arenas -------------------------------------------------------------------
// All under heap.lock.

static uint64_t
random64(void)
{
	heap.seed ^= heap.seed << 13;
	heap.seed ^= heap.seed >> 7;
	heap.seed ^= heap.seed << 17;
	return heap.seed;
}

void *
heapmeta(size_t size)
{
	size = (size + PAGE - 1) & -(size_t)PAGE;
	char *p = osmap(size + 2 * PAGE, PAGE, UseMeta);
	if (!p)
		return NULL;
	osguard(p, PAGE); // without guards it works, too
	osguard(p + PAGE + size, PAGE);
	return p + PAGE;
}

static void
heapmetaend(void *p, size_t size)
{
	osunmap((char *)p - PAGE, ((size + PAGE - 1) & -(size_t)PAGE) + 2 * PAGE, UseMeta);
}

// zonepages returns the pages that the table of a zone has room for: no more than can be mapped.
static uint32_t
zonepages(void)
{
	size_t n = osspace() >> HEAPPAGESHIFT;
	return n < SMALLZONE ? SMALLZONE : n < ZONEPAGES ? (uint32_t)n : ZONEPAGES;
}

// zonenew makes a zone at a random place between 4 TB and 64 TB. Others map memory from there
// upwards (executables) and downwards (the kernel). Returns: NULL without memory for one that has
// at least so many pages.
static zone *
zonenew(uint32_t least)
{
	uint32_t at = 64 + random64() % (1024 - 64), n = zonepages();
	while (at < NZONE && load(heap.zone[at]))
		at++;
	if (at == NZONE)
		return NULL;
	zone *z = heapmeta(sizeof *z);
	if (!z)
		return NULL;
	z->span = heapmeta(n * sizeof *z->span);
	if (!z->span && least <= SMALLZONE)
		z->span = heapmeta((n = SMALLZONE) * sizeof *z->span);
	if (!z->span) {
		heapmetaend(z, sizeof *z);
		return NULL;
	}
	z->base = (uintptr_t)at << ZONESHIFT;
	z->npages = n;
	z->next = heap.zones;
	heap.zones = z;
	storerel(heap.zone[at], z);
	if (heap.npages == 0) {
		heap.page0 = z->base >> HEAPPAGESHIFT;
		heap.span = z->span;
		__atomic_store_n(&heap.npages, n, __ATOMIC_RELEASE);
	}
	return z;
}

// mapmore maps n pages, rounded up to a multiple of step, behind those of z. Returns: 0, -ENOMEM,
// or -EEXIST if there is no room in z.
static int
mapmore(zone *z, uint32_t n, uint32_t step)
{
	n = (n + step - 1) & -step;
	while (z->mapped < z->npages && n <= z->npages - z->mapped) {
		int err = osmapat((void *)(z->base + ((uintptr_t)z->mapped << HEAPPAGESHIFT)), (size_t)n << HEAPPAGESHIFT,
			UseHeap);
		if (err == 0) {
			if (debug.hugepages)
				oshuge((void *)(z->base + ((uintptr_t)z->mapped << HEAPPAGESHIFT)), (size_t)n << HEAPPAGESHIFT, true);
			pagesgrow(&z->pages, z->mapped, n);
			z->mapped += n;
			bump(heap.grown, (size_t)n << HEAPPAGESHIFT);
			return 0;
		}
		if (err != -EEXIST)
			return -ENOMEM;
		z->mapped = (z->mapped + ARENAPAGES) & -ARENAPAGES; // another mapping is there
	}
	return -EEXIST;
}

// grow makes room for n pages in a row. Returns: false without memory.
static bool
grow(uint32_t n)
{
	zone *z = heap.zones;
	if (n > zonepages())
		return false;
	if (!z)
		z = zonenew(n);
	int err = z ? mapmore(z, n, GROW) : -ENOMEM;
	if (err == -EEXIST)
		err = (z = zonenew(n)) ? mapmore(z, n, GROW) : -ENOMEM;
	if (err == -ENOMEM && z)
		err = mapmore(z, n, GROWSMALL);
	return err == 0;
}

// A run of pages. page is NOPAGE if there was none.
typedef struct run {
	zone *zone;
	uint32_t page, nscav;
} run;

static run
runnew(uint32_t n, uint32_t align)
{
	for (int pass = 0; pass < 2; pass++) {
		for (zone *z = heap.zones; z; z = z->next) {
			pagefound f = pagesalloc(&z->pages, n, align);
			if (f.page != NOPAGE)
				return (run){z, f.page, f.nscav};
		}
		if (pass == 0 && !grow(n + align - 1))
			break;
	}
	return (run){.page = NOPAGE};
}

// ---- spans ------------------------------------------------------------------------------

static fixalloc *
recordsof(uint32_t nelems)
{
	uint32_t k = 0;
	while (16u << k < nelems)
		k++;
	return &heap.spans[k];
}

// cover makes the pages of a span, from page on, point to s. Only readers that have no object of
// the span may see some of the stores and not others.
static void
cover(zone *z, uint32_t page, uint32_t n, mspan *s)
{
	mspan **at = (mspan **)z->span + page;
	for (uint32_t i = 0; i < n; i++)
		at[i] = s;
	atomic_thread_fence(memory_order_release);
}

static zone *
zoneof(uintptr_t a)
{
	return load(heap.zone[a >> ZONESHIFT]);
}

static uint32_t
pageof(uintptr_t a)
{
	return (uint32_t)(a >> HEAPPAGESHIFT) % ZONEPAGES;
}

static mspan *
recordnew(mcache *c, uint32_t nelems)
{
	fixalloc *f = recordsof(nelems);
	fixcache *kept = &c->records[f - heap.spans];
	mspan *s = fixpop(f->kind, kept);
	if (s)
		return s;
	lock(&heap.lock);
	fixfill(f, kept, SPANSKEPT / 2);
	unlock(&heap.lock);
	return fixpop(f->kind, kept);
}

static void
recordend(mcache *c, mspan *s)
{
	fixalloc *f = recordsof(s->nelems);
	fixcache *kept = &c->records[f - heap.spans];
	if (fixpush(f->kind, kept, s) > SPANSKEPT) {
		lock(&heap.lock);
		fixspill(f, kept, SPANSKEPT / 2);
		unlock(&heap.lock);
	}
}

// cached takes n pages out of those that c keeps.
static run
cached(mcache *c, uint32_t n)
{
	pagefound f = cachealloc(&c->pages, n);
	return (run){c->pagezone, f.page, f.nscav};
}

// smallrun returns the pages for a span of small objects. A block of 64 pages comes to c at a time.
static run
smallrun(mcache *c, uint32_t n)
{
	run r = cached(c, n);
	if (r.page != NOPAGE)
		return r;
	lock(&heap.lock);
	if (c->pagezone)
		cacheflush(&c->pagezone->pages, &c->pages);
	if (!heap.zones || heap.zones->pages.nfree == 0)
		grow(n);
	c->pagezone = heap.zones;
	if (c->pagezone && cachefill(&c->pagezone->pages, &c->pages))
		r = cached(c, n);
	if (r.page == NOPAGE)
		r = runnew(n, 1);
	unlock(&heap.lock);
	return r;
}

mspan *
spannew(mcache *c, uint32_t bin)
{
	uint32_t class = binclass(bin), n = classpages[class], size = classsize[class];
	uint32_t nelems = (n << HEAPPAGESHIFT) / size;
	mspan *s = recordnew(c, nelems);
	if (!s)
		return NULL;
	s->nelems = s->nfree = (uint16_t)nelems;
	run r = smallrun(c, n);
	if (r.page == NOPAGE) {
		recordend(c, s);
		return NULL;
	}
	s->base = r.zone->base + ((uintptr_t)r.page << HEAPPAGESHIFT);
	s->magic = classmagic(size);
	s->starts = bin == TINYBIN ? 0 : s->magic;
	s->bin = (uint16_t)bin;
	s->magazine = (uint16_t)(bin << MAGSHIFT);
	s->size = size;
	s->npages = n;
	s->hint = 0;
	uint64_t *bits = freebits(s);
	for (uint32_t i = 0; i < (nelems + 63) / 64; i++)
		bits[i] = nelems - 64 * i >= 64 ? UINT64_MAX : ((uint64_t)1 << (nelems % 64)) - 1;
	memset((void *)s->cells, 0, nelems * sizeof *s->cells);
	store(s->owner, c);
	store(s->state, SpanSmall);
	cover(r.zone, r.page, n, s);
	return s;
}

void
spanend(mcache *c, mspan *s)
{
	zone *z = zoneof(s->base);
	uint32_t page = pageof(s->base);
	for (uint32_t i = 0; i < s->nelems; i++)
		if (load(s->cells[i]))
			heapfatal(TWICE, (void *)(s->base + i * s->size), c ? &c->lock : &centrals[s->bin].lock);
	store(s->owner, NULL);
	store(s->state, SpanDead);
	cover(z, page, s->npages, NULL);
	lock(&heap.lock);
	pagesfree(&z->pages, page, s->npages);
	if (!c)
		fixput(recordsof(s->nelems), s);
	unlock(&heap.lock);
	if (c)
		recordend(c, s);
}

static run
largerun(uint32_t n, uint32_t align, mspan **record)
{
	lock(&heap.lock);
	mspan *s = fixget(&heap.spans[0]);
	run r = s ? runnew(n, align) : (run){.page = NOPAGE};
	if (s && r.page == NOPAGE)
		fixput(&heap.spans[0], s);
	unlock(&heap.lock);
	*record = s;
	return r;
}

// Ended large objects stay in the cache, to be used again at once: a few that are not very large.
// Their spans are dead, but keep their pages.

static mspan *
largetake(mcache *c, uint32_t n)
{
	for (uint32_t i = 0; i < c->nlarge; i++) {
		mspan *s = c->large[i];
		if (s->npages >= n && s->npages - n <= n / 8) {
			c->large[i] = c->large[--c->nlarge];
			return s;
		}
	}
	return NULL;
}

// largedrop frees the pages of s. Those of a very large object go back to the kernel at once: they
// may be most of what the process has, and it takes long to fill them again.
static void
largedrop(mspan *s)
{
	zone *z = zoneof(s->base);
	uint32_t page = pageof(s->base), n = s->npages;
	cover(z, page, n, NULL);
	bool released = n >= VERYLARGE && osrelease((void *)s->base, (size_t)n << HEAPPAGESHIFT);
	lock(&heap.lock);
	if (released)
		pagesscavput(&z->pages, page, n);
	else
		pagesfree(&z->pages, page, n);
	fixput(&heap.spans[0], s);
	unlock(&heap.lock);
}

// largekeep puts s into the cache. Returns: one that has no room there any more, or NULL.
static mspan *
largekeep(mcache *c, mspan *s)
{
	if ((size_t)s->npages << HEAPPAGESHIFT > (c->p ? LARGEKEPT : THREADKEPT))
		return s;
	mspan *out = NULL;
	if (c->nlarge == NLARGE) {
		out = c->large[0]; // the oldest
		memmove(c->large, c->large + 1, --c->nlarge * sizeof *c->large);
	}
	c->large[c->nlarge++] = s;
	return out;
}

mspan *
largenew(mcache *c, enum objkind kind, size_t n, size_t align, bool *zero)
{
	*zero = false;
	if (n > ((size_t)ZONEPAGES << HEAPPAGESHIFT) || align > ((size_t)ZONEPAGES << HEAPPAGESHIFT))
		return NULL;
	uint32_t npages = n == 0 ? 1 : (uint32_t)((n + HEAPPAGE - 1) >> HEAPPAGESHIFT);
	mspan *s = NULL;
	if (c && align <= HEAPPAGE) {
		lock(&c->lock);
		s = largetake(c, npages);
		unlock(&c->lock);
	}
	if (!s) {
		run r = largerun(npages, align <= HEAPPAGE ? 1 : (uint32_t)(align >> HEAPPAGESHIFT), &s);
		if (r.page == NOPAGE)
			return NULL;
		*zero = r.nscav == npages;
		s->base = r.zone->base + ((uintptr_t)r.page << HEAPPAGESHIFT);
		s->magic = s->starts = 0;
		s->nelems = 1;
		s->nfree = 0;
		s->size = (size_t)npages << HEAPPAGESHIFT;
		s->npages = npages;
		store(s->owner, NULL);
		cover(r.zone, r.page, npages, s);
	}
	s->bin = (uint16_t)BIN(kind, 0);
	store(s->cells[0], THRUM_UNTYPED);
	store(s->state, SpanLarge);
	return s;
}

bool
largeend(mcache *c, mspan *s, uintptr_t p)
{
	uint8_t was = SpanLarge;
	if (s->base != p || !atomic_compare_exchange_strong(&s->state, &was, SpanDead))
		return false;
	if (c) {
		lock(&c->lock);
		s = largekeep(c, s);
		unlock(&c->lock);
	}
	if (s)
		largedrop(s);
	return true;
}

void
heapflush(mcache *c)
{
	while (c->nlarge > 0)
		largedrop(c->large[--c->nlarge]);
	lock(&heap.lock);
	if (c->pagezone)
		cacheflush(&c->pagezone->pages, &c->pages);
	c->pagezone = NULL;
	for (int i = 0; i < NRECORD; i++)
		fixspill(&heap.spans[i], &c->records[i], 0);
	unlock(&heap.lock);
}

// ---- back to the kernel -----------------------------------------------------------------
//
// The scavenger gives memory back that was free for a whole period. The least that was free at the
// ends of two periods is taken for that. A tenth of what is in use stays, and KEEPFREE.
//
// In a program without goroutines there is no monitor. There the threads that allocate do its work,
// once in so many calls (heaptick). A thread that comes late makes up for up to LATE calls. If
// nothing allocates, nothing is given back. Rejected: a thread of the heap's own, because a program
// may count its threads, change its user or namespace, or expect that fork copies all of it.

#define PERIOD 1000000000u   // ns
#define PAUSE 1000000u       // ns between two calls of the kernel
#define KEEPFREE (2u << 20)  // bytes
#define LATE 64u             // calls of the kernel in a row

static struct {
	uint64_t next; // when the period ends; ns
	size_t free;   // bytes at the last end
	size_t due;    // bytes to give back in this period
} scavenger;

// dirtybytes returns the bytes of free pages that may have memory. Locks: heap.lock.
static size_t
dirtybytes(size_t *inuse)
{
	size_t dirty = 0, used = 0;
	for (const zone *z = heap.zones; z; z = z->next) {
		dirty += z->pages.nfree - z->pages.nscav;
		used += z->pages.ntotal - z->pages.nfree;
	}
	*inuse = used << HEAPPAGESHIFT;
	return dirty << HEAPPAGESHIFT;
}

// release gives some of the highest free pages back. Returns: the bytes; 0 if there is none, or the
// kernel has refused.
static size_t
release(void)
{
	lock(&heap.lock);
	zone *z = heap.zones;
	pagerun r = {.page = NOPAGE};
	while (z && (r = pagesscavtake(&z->pages, SCAVENGE)).page == NOPAGE)
		z = z->next;
	unlock(&heap.lock);
	if (r.page == NOPAGE)
		return 0;
	size_t bytes = (size_t)r.n << HEAPPAGESHIFT;
	bool ok = osrelease((void *)(z->base + ((uintptr_t)r.page << HEAPPAGESHIFT)), bytes);
	lock(&heap.lock);
	if (ok)
		pagesscavput(&z->pages, r.page, r.n);
	else
		pagesfree(&z->pages, r.page, r.n);
	unlock(&heap.lock);
	return ok ? bytes : 0;
}

size_t
heaptrim(void)
{
	size_t got = 0, bytes;
	while ((bytes = release()) > 0)
		got += bytes;
	return got;
}

// scavenge is the work of heapscavenge. One thread at a time.
static uint64_t
scavenge(uint64_t now)
{
	static size_t inuse;
	if (now >= scavenger.next) {
		lock(&heap.lock);
		size_t dirty = dirtybytes(&inuse), keep = inuse / 10 + KEEPFREE;
		unlock(&heap.lock);
		size_t idle = dirty < scavenger.free ? dirty : scavenger.free;
		scavenger.free = dirty;
		scavenger.due = idle > keep ? idle - keep : 0;
		scavenger.next = now + PERIOD;
	}
	if (scavenger.due > 0) {
		size_t got = release();
		scavenger.due -= got == 0 || got > scavenger.due ? scavenger.due : got;
		scavenger.free -= got < scavenger.free ? got : scavenger.free;
	}
	return scavenger.due > 0 ? now + PAUSE : scavenger.next;
}

uint64_t
heapscavenge(uint64_t now)
{
	if (atomic_exchange(&heap.scavenging, true))
		return now + PAUSE;
	now = scavenge(now);
	storerel(heap.scavenging, false);
	return now;
}

bool
heaptend(void)
{
	static uint64_t again;
	static size_t inuse;
	if (load(heap.monitored) || load(heap.grown) <= MONITORED || atomic_exchange(&heap.scavenging, true))
		return false;
	uint64_t now = coarsetime(), from = now - LATE * PAUSE;
	if (again < from)
		again = from;
	while (again <= now)
		again = scavenge(again);
	lock(&heap.lock);
	bool much = dirtybytes(&inuse) > inuse / 4 + MONITORED;
	unlock(&heap.lock);
	storerel(heap.scavenging, false);
	return much;
}

uint64_t
heapidle(void)
{
	static size_t inuse;
	lock(&heap.lock);
	bool done = dirtybytes(&inuse) <= inuse / 10 + KEEPFREE;
	unlock(&heap.lock);
	return done ? UINT64_MAX : PERIOD;
}
