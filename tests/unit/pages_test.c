// SPDX-License-Identifier: MIT
//
// pages_test.c - the pages of a small zone beside an array with a byte per page, which is searched
// from end to end. THRUM_SEED is the seed. pages_zone_test.c has the zone of full size.

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// 16 chunks, and 2 roots above them. The runtime, which is linked too, has the same functions for
// large zones, so the ones here get names of their own.
#ifndef ZONEPAGESHIFT
#define ZONEPAGESHIFT 13
#endif
#define pagesgrow small_pagesgrow
#define pagesalloc small_pagesalloc
#define pagesfree small_pagesfree
#define pagesscavtake small_pagesscavtake
#define pagesscavput small_pagesscavput
#define pagescheck small_pagescheck
#define cachefill small_cachefill
#define cachealloc small_cachealloc
#define cacheflush small_cacheflush
#define sumupdate small_sumupdate
#define sumrenew small_sumrenew
#define sumcheck small_sumcheck
#include "alloc/pages.c"
#include "alloc/pagesum.c"

#define NCACHE 3
#define NTAKEN 4

// Several caches can have pages of the same block. Those of cache i have the state Cached + i.
enum state { Absent, Used, Taken, Dirty, Scavenged, Cached, NSTATE = Cached + NCACHE };

static pages z;
static uint8_t is[ZONEPAGES];   // the reference: the state of each page
static uint32_t number[NSTATE]; // pages in each state
static pagecache cache[NCACHE];
static pagerun taken[NTAKEN];
static uint64_t rng;
static int steps;

#define EQUAL(a, b, what) cr_assert_eq(a, b, "step %d: " what ": %u, wanted %u", steps, a, b)

static uint32_t
rnd(uint32_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)(rng % n);
}

static void
seed(void)
{
	const char *s = getenv("THRUM_SEED");
	rng = s ? strtoull(s, NULL, 10) * 2 + 1 : (uint64_t)time(NULL) * 2 + 1;
	printf("THRUM_SEED=%lu\n", (unsigned long)(rng / 2));
}

// begin makes a zone without pages, and the reference of it.
static void
begin(void)
{
	memset(&z, 0, sizeof z);
	memset(is, Absent, sizeof is);
	memset(number, 0, sizeof number);
	number[Absent] = ZONEPAGES;
}

static void
set(uint32_t page, uint32_t n, enum state to)
{
	for (uint32_t p = page; p < page + n; p++) {
		number[is[p]]--;
		number[to]++;
		is[p] = to;
	}
}

static bool
isfree(uint32_t p)
{
	return is[p] == Dirty || is[p] == Scavenged;
}

static void
agree(void)
{
	EQUAL(z.nfree, number[Dirty] + number[Scavenged], "nfree");
	EQUAL(z.nscav, number[Scavenged], "nscav");
	EQUAL(z.ntotal, ZONEPAGES - number[Absent], "ntotal");
}

// same compares each page, too.
static void
same(void)
{
	const char *wrong = pagescheck(&z);
	cr_assert_null(wrong, "step %d: %s", steps, wrong);
	agree();
	for (uint32_t p = 0; p < ZONEPAGES; p++) {
		uint32_t free = *freeword(&z, p) >> p % 64 & 1;
		uint32_t scav = *scavword(&z, p) >> p % 64 & 1;
		EQUAL(free, (uint32_t)isfree(p), "a page's free bit");
		EQUAL(scav, (uint32_t)(is[p] == Scavenged), "a page's scav bit");
	}
}

// fits returns the lowest n pages from `from` to `to` that are in one of two states.
static uint32_t
fits(uint32_t from, uint32_t to, uint32_t n, uint32_t align, enum state a, enum state b)
{
	uint32_t run = 0;
	for (uint32_t p = to; p-- > from;) { // downward: run is how many there are from p on
		run = is[p] == a || is[p] == b ? run + 1 : 0;
		is[p] |= run >= n && p % align == 0 ? 0x80 : 0;
	}
	uint32_t found = NOPAGE;
	for (uint32_t p = to; p-- > from;) {
		found = is[p] & 0x80 ? p : found;
		is[p] &= 0x7f;
	}
	return found;
}

static uint32_t
scavenged(uint32_t page, uint32_t n)
{
	uint32_t k = 0;
	for (uint32_t p = page; p < page + n; p++)
		k += is[p] == Scavenged;
	return k;
}

static uint32_t
alloc(uint32_t n, uint32_t align)
{
	uint32_t want = fits(0, ZONEPAGES, n, align, Dirty, Scavenged);
	pagefound got = pagesalloc(&z, n, align);
	EQUAL(got.page, want, "the pages");
	if (want == NOPAGE)
		return NOPAGE;
	EQUAL(got.nscav, scavenged(want, n), "their nscav");
	set(want, n, Used);
	agree();
	return want;
}

static void
release(uint32_t page, uint32_t n)
{
	pagesfree(&z, page, n);
	set(page, n, Dirty);
	agree();
}

static void
grow(uint32_t page, uint32_t n)
{
	pagesgrow(&z, page, n);
	set(page, n, Scavenged);
	agree();
}

// scavtake: which pages are taken is told by the contract of pagesscavtake.
static pagerun
scavtake(uint32_t most)
{
	uint32_t hi = ZONEPAGES, lo, floor;
	while (hi > 0 && is[hi - 1] != Dirty)
		hi--;
	for (lo = hi; lo > 0 && is[lo - 1] == Dirty && hi - lo < most; lo--)
		;
	if (hi - lo == most)
		for (floor = lo; lo % HUGEPAGES != 0; lo++)
			if (lo == hi) {
				lo = floor;
				break;
			}
	if (lo == hi && hi > 0)
		lo = hi - most;
	pagerun got = pagesscavtake(&z, most);
	EQUAL(got.page, hi > 0 ? lo : NOPAGE, "the dirty pages");
	EQUAL(got.n, hi - (hi > 0 ? lo : 0), "how many dirty pages");
	if (got.n)
		set(lo, got.n, Taken);
	agree();
	return got;
}

static void
scavput(pagerun r)
{
	pagesscavput(&z, r.page, r.n);
	set(r.page, r.n, Scavenged);
	agree();
}

static enum state
own(const pagecache *c)
{
	return Cached + (uint32_t)(c - cache);
}

static bool
fill(pagecache *c)
{
	uint32_t p = 0;
	while (p < ZONEPAGES && !isfree(p))
		p++;
	bool got = cachefill(&z, c);
	cr_assert_eq(got, p < ZONEPAGES);
	if (!got)
		return false;
	EQUAL(c->base, p / 64 * 64, "the block of the cache");
	for (p = c->base; p < c->base + 64; p++) {
		cr_assert_eq(c->free >> p % 64 & 1, isfree(p));
		cr_assert_eq(c->scav >> p % 64 & 1, is[p] == Scavenged);
		if (isfree(p))
			set(p, 1, own(c));
	}
	agree();
	return true;
}

static void
fromcache(pagecache *c, uint32_t n)
{
	uint32_t want = c->free ? fits(c->base, c->base + 64, n, 1, own(c), own(c)) : NOPAGE;
	uint32_t nscav = 0;
	for (uint32_t p = want; want != NOPAGE && p < want + n; p++)
		nscav += c->scav >> p % 64 & 1;
	pagefound got = cachealloc(c, n);
	EQUAL(got.page, want, "the pages of a cache");
	EQUAL(got.nscav, nscav, "their nscav");
	if (want != NOPAGE)
		set(want, n, Used);
	cr_assert_eq(c->scav & ~c->free, 0);
	agree();
}

static void
flush(pagecache *c)
{
	for (uint32_t i = 0; i < 64; i++)
		if (c->free >> i & 1)
			set(c->base + i, 1, c->scav >> i & 1 ? Scavenged : Dirty);
	cacheflush(&z, c);
	cr_assert(!c->free && !c->scav);
	agree();
}

// some returns a size: mostly small, sometimes as large as the zone.
static uint32_t
some(void)
{
	switch (rnd(12)) {
	case 0:
		return 1 + rnd(ZONEPAGES / 2);
	case 1:
	case 2:
		return 1 + rnd(1500);
	case 3:
	case 4:
		return 60 + rnd(140);
	case 5:
	case 6:
	case 7:
		return 1 + rnd(70);
	case 8:
		return 1u << rnd(ZONEPAGESHIFT);
	default:
		return 1 + rnd(4);
	}
}

// dropsome frees the pages in use from a random one on, at most so many.
static void
dropsome(uint32_t most)
{
	uint32_t p = rnd(ZONEPAGES), n = 0;
	for (int i = 0; i < 2000 && is[p] != Used; i++)
		p = rnd(ZONEPAGES);
	while (p + n < ZONEPAGES && is[p + n] == Used && n < most)
		n++;
	if (n)
		release(p, n);
}

static void
growsome(void)
{
	uint32_t p = rnd(ZONEPAGES), n = 0, most = some();
	if (rnd(2)) // at the lowest place
		for (p = 0; p < ZONEPAGES - 1 && is[p] != Absent; p++)
			;
	while (p + n < ZONEPAGES && is[p + n] == Absent && n < most)
		n++;
	if (n)
		grow(p, n);
}

static void
scavsome(void)
{
	pagerun *r = &taken[rnd(NTAKEN)];
	if (r->n == 0) {
		*r = scavtake(some());
	} else {
		if (rnd(8))
			scavput(*r);
		else // the kernel has refused them
			release(r->page, r->n);
		r->n = 0;
	}
}

static void
cachesome(void)
{
	pagecache *c = &cache[rnd(NCACHE)];
	if (rnd(10) == 0)
		flush(c);
	else if (c->free || fill(c))
		fromcache(c, 1 + rnd(rnd(4) ? 4 : 64));
}

// The phases of a random test: per hundred steps, how many allocate. Others free.
enum phase { Filling, Pieces, Level, Emptying };
static const uint32_t allocating[] = {[Filling] = 66, [Pieces] = 34, [Level] = 36, [Emptying] = 20};

// step takes one. In Pieces most allocations and all frees are of one page, anywhere, so that the
// free pages of a zone that is full before lie in small runs.
static void
step(enum phase phase)
{
	uint32_t what = rnd(100);
	if (what < 4)
		growsome();
	else if (what < 10)
		scavsome();
	else if (what < 24)
		cachesome();
	else if (what < 24 + allocating[phase])
		alloc(phase != Pieces || rnd(8) == 0 ? some() : 1, rnd(3) ? 1 : 1u << rnd(14));
	else
		dropsome(phase == Filling ? 1 + rnd(40) : phase == Pieces ? 1 : some());
}

static void
storm(int n)
{
	begin();
	for (steps = 0; steps < n; steps++) {
		step(steps / 700 % 4);
		if (steps % 16 == 0)
			same();
	}
	for (int i = 0; i < NCACHE; i++)
		flush(&cache[i]);
	for (int i = 0; i < NTAKEN; i++)
		if (taken[i].n)
			scavput(taken[i]);
	memset(taken, 0, sizeof taken);
	same();
	cr_assert_eq(number[Cached] + number[Cached + 1] + number[Cached + 2] + number[Taken], 0);
}

Test(pages, random)
{
	seed();
	for (int i = 0; i < 5; i++)
		storm(8000);
}

// Every pair of a start and a length near the borders of words, chunks and nodes.
Test(pages, borders)
{
	begin();
	grow(0, ZONEPAGES);
	cr_assert_eq(alloc(ZONEPAGES, 1), 0);
	uint32_t at[] = {0, 1, 62, 63, 64, 65, 511, 512, 513, 1023, 1024, 2047, 4095, 4096, 4097};
	uint32_t length[] = {1, 2, 62, 63, 64, 65, 127, 128, 129, 511, 512, 513, 1025, 4095, 4096};
	for (uint32_t i = 0; i < NELEM(at); i++)
		for (uint32_t j = 0; j < NELEM(length); j++) {
			if (at[i] + length[j] > ZONEPAGES)
				continue;
			release(at[i], length[j]);
			same();
			cr_assert_eq(alloc(length[j] + 1, 1), NOPAGE);
			cr_assert_eq(alloc(length[j], 1), at[i]);
			same();
		}
}

// A chunk has n pages within a word and one less at the edges of others. When its longest run is
// taken, the summary is made from the bits.
Test(pages, longest_in_a_word)
{
	begin();
	grow(0, ZONEPAGES);
	alloc(ZONEPAGES, 1);
	for (uint32_t n = 2; n <= 62; n++)
		for (uint32_t at = 64 + 1; at + n < 128; at += 7) {
			release(0, n - 1);
			release(at, n);
			release(192 - (n - 1), n - 1);
			release(256, 200);
			cr_assert_eq(alloc(200, 1), 256);
			same();
			cr_assert_eq(alloc(n, 1), at);
			cr_assert_eq(alloc(n - 1, 1), 0);
			cr_assert_eq(alloc(n - 1, 1), 192 - (n - 1));
		}
}

Test(pages, full)
{
	begin();
	cr_assert_eq(alloc(1, 1), NOPAGE);
	cr_assert_not(fill(&cache[0]));
	grow(0, ZONEPAGES);
	cr_assert_eq(pagesalloc(&z, 0, 1).page, NOPAGE);
	cr_assert_eq(alloc(ZONEPAGES + 1, 1), NOPAGE);
	cr_assert_eq(alloc(ZONEPAGES, ZONEPAGES), 0);
	cr_assert_eq(alloc(1, 1), NOPAGE);
	cr_assert_not(fill(&cache[0]));
	cr_assert_eq(scavtake(1).n, 0);
	release(ZONEPAGES - 1, 1);
	cr_assert_eq(alloc(2, 1), NOPAGE);
	cr_assert_eq(alloc(1, 2), NOPAGE);
	cr_assert_eq(alloc(1, 1), ZONEPAGES - 1);
	release(0, ZONEPAGES);
	same();
	cr_assert_eq(scavtake(UINT32_MAX).n, ZONEPAGES);
	same();
}

Test(pages, aligned)
{
	begin();
	grow(1, ZONEPAGES - 1);
	cr_assert_eq(alloc(1, ZONEPAGES), NOPAGE);
	for (uint32_t align = ZONEPAGES / 2; align > 0; align /= 2) {
		uint32_t page = alloc(align, align);
		cr_assert_eq(page, align);
		release(page, align);
	}
	same();
	// No even page is free but 6000. The search comes out of each chunk before it again.
	alloc(ZONEPAGES - 1, 1);
	for (uint32_t p = 1; p < ZONEPAGES; p += 2)
		release(p, 1);
	release(6000, 1);
	cr_assert_eq(alloc(2, 2), 6000);
	same();
}

// The scavenger leaves huge pages whole, unless it may take less than one.
Test(pages, scavenge)
{
	begin();
	grow(0, 4096);
	alloc(4096, 1);
	release(100, 3000);
	uint32_t most[] = {600, 600, 100, 101, UINT32_MAX}, lo[] = {2560, 2048, 1948, 1847, 100};
	for (uint32_t i = 0; i < NELEM(most); i++) {
		pagerun r = scavtake(most[i]);
		cr_assert_eq(r.page, lo[i], "run %u begins at %u, wanted %u", i, r.page, lo[i]);
		same();
		scavput(r);
	}
	cr_assert_eq(scavtake(1).page, NOPAGE);
	for (uint32_t i = 0; i < NELEM(z.dirty); i++)
		cr_assert_eq(z.dirty[i], 0);
	same();
}

// The scavenger forgets a chunk whose dirty pages are all in a cache. They are put back beside
// scavenged ones.
Test(pages, scavenge_after_flush)
{
	begin();
	grow(0, 512);
	alloc(3, 1);
	release(0, 3);
	cr_assert(fill(&cache[0]));
	cr_assert_eq(scavtake(10).n, 0);
	cr_assert_eq(z.dirty[0], 0);
	fromcache(&cache[0], 2);
	flush(&cache[0]);
	same();
	cr_assert_eq(scavtake(10).page, 2);
}

static pages *
used(uint32_t n)
{
	begin();
	pagesgrow(&z, 0, n);
	cr_assert_eq(pagesalloc(&z, n, 1).page, 0);
	return &z;
}

Test(pages, freed_twice, .signal = SIGABRT)
{
	pagesfree(used(1000), 300, 200);
	pagesfree(&z, 499, 2);
}

Test(pages, freed_absent, .signal = SIGABRT)
{
	pagesfree(used(1000), 0, 1000);
	pagesfree(&z, 1000, 1);
}

Test(pages, freed_outside, .signal = SIGABRT)
{
	pagesfree(used(ZONEPAGES), ZONEPAGES - 1, 2);
}

Test(pages, freed_in_a_cache, .signal = SIGABRT)
{
	pagesfree(used(ZONEPAGES), 70, 3);
	cr_assert(cachefill(&z, &cache[0]));
	pagesfree(&z, 71, 1);
	cr_assert_null(pagescheck(&z));
	cacheflush(&z, &cache[0]);
}

Test(pages, grown_twice, .signal = SIGABRT)
{
	begin();
	pagesgrow(&z, 0, 512);
	pagesgrow(&z, 511, 2);
}

Test(pages, filled_twice, .signal = SIGABRT)
{
	begin();
	pagesgrow(&z, 0, 512);
	cr_assert(cachefill(&z, &cache[0]));
	cachefill(&z, &cache[0]);
}

Test(pages, wrong_summary, .signal = SIGABRT)
{
	pagesfree(used(ZONEPAGES), 0, 512);
	z.nfree++;
	z.sum[NPAGECHUNK / FAN]++; // the root's run at its start has one page more
	pagesalloc(&z, 513, 1);
}

// The validator finds a wrong bit in each part.
Test(pages, check)
{
	pagesfree(used(ZONEPAGES), 1000, 2000);
	cr_assert_null(pagescheck(&z));
	for (int i = 0; i < 9; i++) {
		pages good = z;
		switch (i) {
		case 0:
			z.nfree++;
			break;
		case 1:
			z.nscav++;
			break;
		case 2:
			z.ntotal = 1999;
			break;
		case 3:
			z.search = 1001;
			break;
		case 4:
			z.dirty[0] = 0;
			break;
		case 5:
			z.sum[NPAGECHUNK + 2] ^= 1;
			break;
		case 6:
			z.sum[NPAGECHUNK / 8] ^= (uint64_t)1 << End;
			break;
		case 7:
			z.chunk[3].free[0] ^= 1;
			break;
		case 8:
			z.chunk[0].scav[0] ^= 1;
			break;
		}
		cr_assert_not_null(pagescheck(&z), "fault %d is not found", i);
		z = good;
	}
}
