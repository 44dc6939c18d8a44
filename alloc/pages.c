// SPDX-License-Identifier: MIT
//
// pages.c - allocates, frees and scavenges the pages of a zone (pages.h).
//
// No local here has its address taken, because that would cost an unsafe frame. So functions that
// have two results return them as a struct of eight bytes, in one register.

#include "alloc/pages.h"

#include "alloc/pagesum.h"
#include "core/base/print.h"

#define NELEM(a) (sizeof(a) / sizeof(a)[0])

// ---- bits -----------------------------------------------------------------------

// The word of a page is that with its bits.
static inline uint64_t *
freeword(pages *z, uint32_t page)
{
	return &z->chunk[page / PAGECHUNK].free[page % PAGECHUNK / 64];
}

static inline uint64_t *
scavword(pages *z, uint32_t page)
{
	return &z->chunk[page / PAGECHUNK].scav[page % PAGECHUNK / 64];
}

// takeword takes free pages of a word out. Returns: those that were scavenged.
static inline uint64_t
takeword(pages *z, uint32_t page, uint64_t bits)
{
	uint64_t *free = freeword(z, page), *scav = scavword(z, page), was = *scav & bits;
	if (bits & ~*free)
		throw("pages: a summary tells of free pages that are in use");
	*free &= ~bits;
	*scav &= ~bits;
	z->nscav -= count(was);
	return was;
}

// putword makes pages of a word free, some of them scavenged.
static inline void
putword(pages *z, uint32_t page, uint64_t bits, uint64_t scav)
{
	uint64_t *free = freeword(z, page);
	if (*free & bits)
		throw("pages: a page is freed twice");
	*free |= bits;
	*scavword(z, page) |= scav;
	if (bits & ~scav)
		z->dirty[page / PAGECHUNK / 64] |= (uint64_t)1 << page / PAGECHUNK % 64;
	z->nscav += count(scav);
}

// take takes n free pages out. Returns: how many of them were scavenged.
static inline uint32_t
take(pages *z, uint32_t page, uint32_t n)
{
	uint32_t nscav = 0;
	for (uint32_t p = page, next; p < page + n; p = next) {
		next = smaller((p | 63) + 1, page + n);
		nscav += count(takeword(z, p, ones(p % 64, next - p)));
	}
	z->nfree -= n;
	sumupdate(z, page, n, false);
	return nscav;
}

// put makes n pages free, dirty or scavenged.
static inline void
put(pages *z, uint32_t page, uint32_t n, bool scav)
{
	if (n - 1 >= ZONEPAGES || page > ZONEPAGES - n)
		throw("pages: no such pages in the zone");
	for (uint32_t p = page, next; p < page + n; p = next) {
		next = smaller((p | 63) + 1, page + n);
		uint64_t bits = ones(p % 64, next - p);
		putword(z, p, bits, scav ? bits : 0);
	}
	z->nfree += n;
	if (z->nfree > z->ntotal)
		throw("pages: a page is freed that does not exist");
	z->search = smaller(z->search, page);
	sumupdate(z, page, n, true);
}

void
pagesgrow(pages *z, uint32_t page, uint32_t n)
{
	z->ntotal += n;
	put(z, page, n, true);
}

void
pagesfree(pages *z, uint32_t page, uint32_t n)
{
	put(z, page, n, false);
}

void
pagesscavput(pages *z, uint32_t page, uint32_t n)
{
	put(z, page, n, true);
}

// ---- the search -----------------------------------------------------------------

// A demand: n pages at a multiple of align. In a word that begins at such a multiple, or if align
// is less than 64, they may begin at the bits of `at`.
typedef struct demand {
	uint32_t n, align;
	uint64_t at;
} demand;

static inline demand
demanded(uint32_t n, uint32_t align)
{
	uint64_t at = 1;
	for (uint32_t s = align; s < 64; s += s)
		at |= at << s;
	return (demand){n, align, at};
}

// fit returns the lowest pages for d in the free run of size pages that ends before p; NOPAGE if it
// has none.
static inline uint32_t
fit(demand d, uint32_t p, uint32_t size)
{
	uint32_t page = (p - size + d.align - 1) & -d.align;
	return page + d.n <= p ? page : NOPAGE;
}

// fitchunk returns the lowest pages for d that lie in a chunk as a whole, whose first page is p.
// Nothing is free in the words before w.
static inline uint32_t
fitchunk(const pagechunk *c, uint32_t p, uint32_t w, demand d)
{
	uint32_t size = 0; // of the free run that ends where word w begins
	for (p += w * 64; w < WORDS; w++, p += 64) {
		uint64_t x = c->free[w];
		if (!x) {
			size = 0;
			continue;
		}
		uint32_t page = fit(d, p + low(x), size + low(x));
		if (page != NOPAGE)
			return page;
		if (d.n < 64 && !(p & (d.align - 1))) {
			uint64_t at = runs(x, d.n) & d.at;
			if (at)
				return p + (uint32_t)__builtin_ctzll(at);
		}
		size = ~x ? high(x) : size + 64;
	}
	return NOPAGE;
}

// fitzone returns the lowest pages for d.
static uint32_t
fitzone(const pages *z, demand d)
{
	uint32_t shift = Root, k = node(z->search, shift);
	uint32_t size = 0; // of the free run that ends where node k begins
	do {
		uint64_t s = z->sum[k];
		uint32_t start = field(s, Start), longest = field(s, Longest), span = 1u << shift;
		if (size + start >= d.n || longest >= d.n) {
			uint32_t p = (k << shift) - ZONEPAGES;
			uint32_t page = fit(d, p + start, size + start);
			if (page == NOPAGE && longest >= d.n && d.align < span) {
				if (shift > Leaf) {
					shift -= FANSHIFT;
					k = larger(k * FAN, node(z->search, shift));
					continue;
				}
				page = fitchunk(&z->chunk[p / PAGECHUNK], p, 0, d);
			}
			if (page != NOPAGE)
				return page;
		}
		size = longest < span ? field(s, End) : size + span;
		for (k++; shift < Root && k % FAN == 0; k /= FAN)
			shift += FANSHIFT;
	} while (k != node(ZONEPAGES, Root));
	return NOPAGE;
}

// lowest returns the lowest pages for d; NOPAGE without. Some page must be free.
static inline uint32_t
lowest(pages *z, demand d)
{
	if (!z->sum[node(z->search, Leaf)])
		z->search = fitzone(z, demanded(1, 1));
	uint32_t i = z->search / PAGECHUNK, page = NOPAGE;
	if (field(z->sum[NPAGECHUNK + i], Longest) >= d.n)
		page = fitchunk(&z->chunk[i], i * PAGECHUNK, z->search % PAGECHUNK / 64, d);
	return page == NOPAGE ? fitzone(z, d) : page;
}

pagefound
pagesalloc(pages *z, uint32_t n, uint32_t align)
{
	uint32_t page = n - 1 < z->nfree ? lowest(z, demanded(n, align)) : NOPAGE;
	if (page == NOPAGE)
		return (pagefound){NOPAGE, 0};
	if (page == z->search || n * align == 1)
		z->search = page + n;
	return (pagefound){page, take(z, page, n)};
}

// ---- scavenging -----------------------------------------------------------------

// dirtyend returns the page after the highest dirty page of a chunk; its first page if none is.
static inline uint32_t
dirtyend(const pagechunk *c, uint32_t page)
{
	for (uint32_t w = WORDS; w-- > 0;) {
		uint64_t x = c->free[w] & ~c->scav[w];
		if (x)
			return page + (w + 1) * 64 - (uint32_t)__builtin_clzll(x);
	}
	return page;
}

// takedirty takes out the dirty pages before hi, which is the end of a run of them.
static pagerun
takedirty(pages *z, uint32_t hi, uint32_t most)
{
	uint32_t lo = hi, floor = hi - smaller(hi, most), n = 0, part = 0;
	for (; n == part && lo > floor; lo -= n) { // a word, or the part of it that is not above lo
		part = (lo - 1) % 64 + 1;
		n = high((*freeword(z, lo - 1) & ~*scavword(z, lo - 1)) << (64 - part));
	}
	uint32_t huge = (floor + HUGEPAGES - 1) & -HUGEPAGES;
	if (lo <= floor)
		lo = huge < hi ? huge : floor;
	take(z, lo, hi - lo);
	return (pagerun){lo, hi - lo};
}

pagerun
pagesscavtake(pages *z, uint32_t most)
{
	for (uint32_t i = NELEM(z->dirty); i-- > 0;) {
		for (uint64_t *dirty = &z->dirty[i]; *dirty;) {
			uint32_t c = i * 64 + 63 - (uint32_t)__builtin_clzll(*dirty);
			uint32_t hi = dirtyend(&z->chunk[c], c * PAGECHUNK);
			if (hi > c * PAGECHUNK)
				return takedirty(z, hi, most);
			*dirty &= ~((uint64_t)1 << c % 64);
		}
	}
	return (pagerun){NOPAGE, 0};
}

// ---- caches ---------------------------------------------------------------------

bool
cachefill(pages *z, pagecache *c)
{
	if (c->free)
		throw("pages: a cache is filled that is not empty");
	if (!z->nfree)
		return false;
	uint32_t page = lowest(z, demanded(1, 1));
	c->base = page & -64u;
	c->free = *freeword(z, page);
	c->scav = takeword(z, page, c->free);
	z->nfree -= count(c->free);
	z->search = c->base + 64;
	sumrenew(z, page, 1);
	return true;
}

pagefound
cachealloc(pagecache *c, uint32_t n)
{
	uint64_t at = runs(c->free, n);
	if (!at)
		return (pagefound){NOPAGE, 0};
	uint32_t bit = (uint32_t)__builtin_ctzll(at);
	uint64_t bits = ones(bit, n), scav = c->scav & bits;
	c->free &= ~bits;
	c->scav &= ~bits;
	return (pagefound){c->base + bit, count(scav)};
}

void
cacheflush(pages *z, pagecache *c)
{
	if (c->free) {
		putword(z, c->base, c->free, c->scav);
		z->nfree += count(c->free);
		z->search = smaller(z->search, c->base + (uint32_t)__builtin_ctzll(c->free));
		sumrenew(z, c->base, 1);
	}
	*c = (pagecache){0};
}

// ---- the validator --------------------------------------------------------------

const char *
pagescheck(const pages *z)
{
	uint32_t nfree = 0, nscav = 0;
	for (uint32_t p = 0; p < ZONEPAGES; p += 64) {
		uint32_t i = p / PAGECHUNK, w = p % PAGECHUNK / 64;
		uint64_t free = z->chunk[i].free[w], scav = z->chunk[i].scav[w];
		if (scav & ~free)
			return "a page is scavenged and not free";
		if (free & ~scav && !(z->dirty[i / 64] >> i % 64 & 1))
			return "a chunk has dirty pages and no bit in dirty";
		if (free && p + (uint32_t)__builtin_ctzll(free) < z->search)
			return "a page below search is free";
		nfree += count(free);
		nscav += count(scav);
	}
	if (nfree != z->nfree || nscav != z->nscav)
		return "nfree or nscav is not the number of such pages";
	if (z->nfree > z->ntotal || z->ntotal > ZONEPAGES)
		return "there are more pages than there can be";
	if (!sumcheck(z))
		return "a summary differs from the bits of its pages";
	return NULL;
}
