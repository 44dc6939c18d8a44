// SPDX-License-Identifier: MIT
//
// fixalloc_test.c - the allocator of objects of one size beside a list of which objects are where.
// THRUM_SEED is the seed.

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/fixalloc.h"

typedef struct object {
	uint64_t kept; // a tag of its user's
	struct object *link;
	uint64_t tail;
	char pad[40];
} object;

static const fixkind staying = {.name = "staying", .use = UseSync, .slab = 4096, .link = offsetof(object, link)};
static const fixkind zeroed = {
	.name = "zeroed", .use = UseTimers, .slab = 8192, .link = offsetof(object, link), .zero = sizeof(object)};
static const fixkind late = {.name = "late", .use = UseRegs, .slab = 4096, .link = offsetof(object, link), .late = true};

#define MOST 2000
#define CACHES 3
static object *used[MOST];
static size_t nused;
static fixcache cache[CACHES];
static uint64_t rng;

static uint64_t
rnd(uint64_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng % n;
}

static size_t
cached(void)
{
	size_t n = 0;
	for (int i = 0; i < CACHES; i++) {
		size_t k = 0;
		for (object *o = cache[i].list; o; o = o->link)
			k++;
		cr_assert_eq(k, cache[i].n, "a cache has %zu, it says %u", k, cache[i].n);
		n += k;
	}
	return n;
}

// take notes an object that was handed out.
static void
take(const fixkind *k, object *o)
{
	cr_assert(o);
	cr_assert_eq((uintptr_t)o % 64, 0);
	for (size_t i = 0; i < nused; i++)
		cr_assert_neq(used[i], o, "it is handed out twice");
	if (k->zero)
		cr_assert(o->kept == 0 && o->tail == 0 && !o->link);
	else // new, or as its last user has left it
		cr_assert(o->kept == o->tail && (o->kept == 0 || o->kept == (uintptr_t)o));
	o->kept = o->tail = (uintptr_t)o;
	used[nused++] = o;
}

static object *
leave(void)
{
	size_t i = rnd(nused);
	object *o = used[i];
	cr_assert(o->kept == (uintptr_t)o && o->tail == (uintptr_t)o, "somebody else has written into it");
	used[i] = used[--nused];
	return o;
}

static void
storm(const fixkind *k)
{
	fixalloc f = FIXALLOC(k, sizeof(object));
	size_t mapped = osmapped(k->use);
	const char *s = getenv("THRUM_SEED");
	rng = s ? strtoull(s, NULL, 10) * 2 + 1 : (uint64_t)time(NULL) * 2 + 1;
	printf("THRUM_SEED=%lu\n", (unsigned long)(rng / 2));
	for (int i = 0; i < 30000; i++) {
		fixcache *c = &cache[rnd(CACHES)];
		bool grows = rnd(1000) < (i % 6000 < 3000 ? 600 : 400);
		switch (rnd(8)) {
		case 0:
			fixfill(&f, c, (uint32_t)rnd(70));
			break;
		case 1:
			fixspill(&f, c, (uint32_t)rnd(70));
			break;
		case 2:
			fixrefill(&f, c, (uint32_t)rnd(70));
			break;
		case 3: { // all that are free, and back
			fixcache all = fixtake(&f);
			cr_assert(!f.list && f.nfree == 0);
			fixspill(&f, &all, 0);
			break;
		}
		default:
			if (grows && nused < MOST) {
				object *o = rnd(2) ? fixpop(k, c) : NULL;
				take(k, o ? o : fixget(&f));
			} else if (!grows && nused > 0) {
				if (rnd(2))
					fixpush(k, c, leave());
				else
					fixput(&f, leave());
			}
		}
		if (i % 100 == 0) {
			fixstats n = fixcount(&f, cached());
			size_t free = 0;
			for (object *o = f.list; o; o = o->link)
				free++;
			cr_assert_eq(free, f.nfree);
			cr_assert_eq(n.inuse, nused);
			cr_assert_eq(n.free, free + cached());
			cr_assert_eq(n.mapped, osmapped(k->use) - mapped);
			cr_assert((n.inuse + n.free) * sizeof(object) <= n.mapped, "no more objects than there is memory");
			cr_assert((n.inuse + n.free) * sizeof(object) + k->slab > n.mapped, "nothing is mapped before it is necessary");
		}
	}
}

Test(fixalloc, what_stays) { storm(&staying); }
Test(fixalloc, what_is_zeroed) { storm(&zeroed); }
Test(fixalloc, what_is_reused_late) { storm(&late); }

Test(fixalloc, order)
{
	fixalloc f = FIXALLOC(&staying, sizeof(object)), l = FIXALLOC(&late, sizeof(object));
	object *o[64];
	size_t n = staying.slab / sizeof(object);
	for (size_t i = 0; i < n; i++)
		o[i] = fixget(&f);
	for (size_t i = 0; i < n; i++)
		fixput(&f, o[i]);
	for (size_t i = n; i-- > 0;)
		cr_assert_eq(fixget(&f), o[i], "the last one comes first: it is in the processor's caches");
	for (size_t i = 0; i < n / 2; i++)
		fixput(&l, o[i] = fixget(&l));
	for (size_t i = n / 2; i < n; i++) {
		o[i] = fixget(&l);
		for (size_t k = 0; k < i; k++)
			cr_assert_neq(o[i], o[k], "the rest of the slab comes before any that were in use");
		fixput(&l, o[i]);
	}
	for (size_t i = 0; i < 3 * n; i++) {
		cr_assert_eq(fixget(&l), o[i % n], "then the one that is free longest");
		fixput(&l, o[i % n]);
	}
	cr_assert_eq(l.mapped, late.slab);
}

Test(fixalloc, no_memory)
{
	fixalloc f = FIXALLOC(&staying, sizeof(object));
	size_t n = staying.slab / sizeof(object);
	fixcache c = {0};
	object *o[64];
	setenv("THRUM_FAULT", "mmap:2+", 1);
	osinit();
	for (size_t i = 0; i < n; i++)
		cr_assert(o[i] = fixget(&f));
	for (int i = 0; i < 3; i++) {
		cr_assert_null(fixget(&f));
		cr_assert_null(fixnew(&f));
		fixfill(&f, &c, 10);
		cr_assert(!c.list && c.n == 0);
		fixstats s = fixcount(&f, 0);
		cr_assert(s.inuse == n && s.free == 0 && s.mapped == staying.slab);
	}
	fixput(&f, o[3]);
	fixfill(&f, &c, 10);
	cr_assert(c.list == o[3] && c.n == 1, "what is free is enough");
}

Test(fixalloc, memory_comes_back)
{
	fixalloc f = FIXALLOC(&staying, sizeof(object));
	size_t n = staying.slab / sizeof(object);
	object *o[64];
	for (size_t i = 0; i < n; i++)
		o[i] = fixget(&f);
	fixdrop(&f, 4); // 8 to 11 are memory
	cr_assert_eq(fixcount(&f, 0).inuse, n - 4);
	cr_assert_not(fixroom(&f));
	fixfeed(&f, (char *)o[8], (char *)o[12]);
	for (size_t i = 8; i < 12; i++)
		cr_assert_eq(fixnew(&f), o[i]);
	cr_assert_not(fixroom(&f));
	fixstats s = fixcount(&f, 0);
	cr_assert(s.inuse == n && s.mapped == staying.slab);
}

Test(fixalloc, lost_in_the_child)
{
	fixalloc f = FIXALLOC(&staying, sizeof(object));
	fixcache c = {0};
	fixfill(&f, &c, 5);
	fixput(&f, fixget(&f));
	fixlose(&c);
	fixloselist(&f);
	fixstats s = fixcount(&f, c.n);
	cr_assert(s.inuse == 6 && s.free == 0 && !c.list && !f.list);
	cr_assert(fixget(&f));
	fixput(&f, fixget(&f));
	cr_assert_eq(fixcount(&f, 0).free, 1);
}
