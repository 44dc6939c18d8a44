// SPDX-License-Identifier: MIT
//
// pages_zone_test.c - the pages of a zone of full size, as the runtime has them: 64 GB, 16384
// chunks, five levels of summaries. pages_test.c has steps of all kinds. THRUM_SEED is the seed.

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc/pages.h"

#define ROOT (1u << 21) // pages of a root
#define MB (1u << 20 >> HEAPPAGESHIFT)

static pages z;
static char used[ZONEPAGES]; // of the random test
static uint64_t rng;

static uint32_t
rnd(uint32_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)(rng % n);
}

static void
check(void)
{
	const char *wrong = pagescheck(&z);
	cr_assert_null(wrong, "%s", wrong);
}

// full makes a zone of which all pages are in use.
static void
full(void)
{
	pagesgrow(&z, 0, ZONEPAGES);
	cr_assert(z.ntotal == ZONEPAGES && z.nfree == ZONEPAGES && z.nscav == ZONEPAGES);
	check();
	pagefound all = pagesalloc(&z, ZONEPAGES, 1);
	cr_assert(all.page == 0 && all.nscav == ZONEPAGES);
	cr_assert(z.nfree == 0 && z.nscav == 0);
	check();
	cr_assert_eq(pagesalloc(&z, 1, 1).page, NOPAGE);
}

Test(zone, whole)
{
	full();
	pagesfree(&z, 0, ZONEPAGES);
	check();
	for (uint32_t i = 0; i < 4; i++) // a root that is free as a whole has bit 63
		cr_assert_eq(pagesalloc(&z, ROOT, ROOT).page, i * ROOT);
	cr_assert_eq(z.nfree, 0);
	pagesfree(&z, ROOT, 2 * ROOT);
	check();
	cr_assert_eq(pagesalloc(&z, 2 * ROOT + 1, 1).page, NOPAGE);
	cr_assert_eq(pagesalloc(&z, 2 * ROOT, 2 * ROOT).page, NOPAGE);
	cr_assert_eq(pagesalloc(&z, ROOT + 1, 1).page, ROOT);
	check();
}

Test(zone, last_page)
{
	full();
	pagesfree(&z, ZONEPAGES - 1, 1);
	cr_assert_eq(pagesalloc(&z, 2, 1).page, NOPAGE);
	cr_assert_eq(pagesalloc(&z, 1, 1).page, ZONEPAGES - 1);
	pagesfree(&z, ZONEPAGES - 1, 1);
	pagecache c = {0};
	cr_assert(cachefill(&z, &c));
	cr_assert(c.base == ZONEPAGES - 64 && c.free == (uint64_t)1 << 63 && c.scav == 0);
	cr_assert(!cachefill(&z, &(pagecache){0}));
	cr_assert_eq(cachealloc(&c, 1).page, ZONEPAGES - 1);
	pagesfree(&z, ZONEPAGES - 1, 1);
	pagerun r = pagesscavtake(&z, 1000);
	cr_assert(r.page == ZONEPAGES - 1 && r.n == 1);
	pagesscavput(&z, r.page, r.n);
	cr_assert_eq(pagesalloc(&z, 1, 1).nscav, 1);
	check();
}

Test(zone, across_four_chunks)
{
	full();
	uint32_t at = 5 * ROOT / 2 + 100, n = 412 + 2 * 512 + 1;
	pagesfree(&z, at, n);
	pagesfree(&z, at + n + 1, n + 1);
	check();
	cr_assert_eq(pagesalloc(&z, n + 1, 1).page, at + n + 1);
	cr_assert_eq(pagesalloc(&z, n + 1, 1).page, NOPAGE);
	cr_assert_eq(pagesalloc(&z, n, 1).page, at);
	check();
}

// 200 MB, in a zone that has much smaller pieces everywhere, over the border of two roots.
Test(zone, large_run)
{
	uint32_t n = 200 * MB, at = ROOT - 12345;
	full();
	for (uint32_t p = 0; p + 1000 < ZONEPAGES; p += 1001)
		pagesfree(&z, p, 1000);
	cr_assert_eq(pagesalloc(&z, 1001, 1).page, NOPAGE);
	for (uint32_t p = 0; p + 1000 < ZONEPAGES; p += 1001)
		if (p + 1000 >= at && p + 1000 < at + n)
			pagesfree(&z, p + 1000, 1);
	uint32_t lo = at - at % 1001;
	cr_assert_eq(pagesalloc(&z, n + 4000, 1).page, NOPAGE);
	cr_assert_eq(pagesalloc(&z, n, 1).page, lo);
	pagesfree(&z, lo, n);
	cr_assert_eq(pagesalloc(&z, n / 2, 4096).page, (lo + 4095) / 4096 * 4096);
	check();
}

// A growing heap: arenas of 64 MB come into existence one by one, with gaps, and are filled.
Test(zone, arenas)
{
	for (uint32_t a = 0; a < ZONEPAGES; a += 64 * MB * 7) {
		pagesgrow(&z, a, 64 * MB);
		cr_assert_eq(pagesalloc(&z, 64 * MB + 1, 1).page, NOPAGE);
		cr_assert_eq(pagesalloc(&z, 64 * MB - 9, 1).page, a);
		for (uint32_t i = 9; i > 0; i--)
			cr_assert_eq(pagesalloc(&z, 1, 1).page, a + 64 * MB - i);
		cr_assert_eq(z.nfree, 0);
	}
	check();
}

// scan returns the lowest n free pages by a look at each page.
static uint32_t
scan(uint32_t n, uint32_t align)
{
	uint32_t p = 0;
	while (p + n <= ZONEPAGES) {
		const char *bad = memchr(used + p, 1, n);
		if (!bad)
			return p;
		p = (uint32_t)(bad - used) + 1;
		while (p < ZONEPAGES && used[p])
			p++;
		p = (p + align - 1) / align * align;
	}
	return NOPAGE;
}

// Parts of the zone have a page in use after two, after a hundred thousand, and so on. Demands of
// all sizes and alignments must find the lowest pages.
Test(zone, lowest)
{
	const char *s = getenv("THRUM_SEED");
	rng = s ? strtoull(s, NULL, 10) * 2 + 1 : (uint64_t)time(NULL) * 2 + 1;
	printf("THRUM_SEED=%lu\n", (unsigned long)(rng / 2));
	full();
	memset(used, 1, sizeof used);
	for (uint32_t p = 0, gap = 1, left = 0; p < ZONEPAGES; left--) {
		if (left == 0) {
			gap = 2u << rnd(18);
			left = 1 + rnd(300000 / gap + 4);
		}
		uint32_t n = 1 + rnd(gap);
		n = n < ZONEPAGES - p ? n : ZONEPAGES - p;
		pagesfree(&z, p, n);
		memset(used + p, 0, n);
		p += n + 1 + (rnd(50) == 0 ? rnd(3000) : 0);
	}
	check();
	for (int i = 0; i < 300; i++) {
		uint32_t n = 1 + rnd(2u << rnd(19)), align = rnd(2) ? 1 : 1u << rnd(22);
		uint32_t want = scan(n, align);
		pagefound got = pagesalloc(&z, n, align);
		cr_assert_eq(got.page, want, "%u at %u: %u, wanted %u", n, align, got.page, want);
		if (want == NOPAGE)
			continue;
		memset(used + want, 1, n);
		if (rnd(3) == 0) {
			uint32_t part = 1 + rnd(n);
			pagesfree(&z, want, part);
			memset(used + want, 0, part);
		}
	}
	check();
}
