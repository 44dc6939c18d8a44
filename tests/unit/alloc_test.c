// SPDX-License-Identifier: MIT
//
// alloc_test.c - the size classes, and the whole heap under random traces on several threads: each
// object keeps its contents, each lookup agrees with a list of what is in use, and heapcheck finds
// nothing. It finds each damage that is done on purpose. THRUM_SEED is the seed, STRESS multiplies
// the steps.

#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "alloc/mcache.h"
#include "thrum/alloc.h"

// ---- size classes -----------------------------------------------------------------------

Test(alloc, classes)
{
	for (uint32_t n = 0; n <= MAXSMALL; n++) {
		uint32_t c = sizeclass(n), d = mallocclass(n);
		cr_assert(c > 0 && c < NCLASS && classsize[c] >= n && (c == 1 || classsize[c - 1] < n), "size %u", n);
		cr_assert(d >= c && d <= c + 1 && classsize[d] % 16 == 0, "size %u", n);
	}
}

// The division by multiplication is exact at every byte of every span.
Test(alloc, magic)
{
	for (uint32_t c = 1; c < NCLASS; c++) {
		uint32_t size = classsize[c], magic = classmagic(size);
		for (uint32_t off = 0; off < (uint32_t)classpages[c] << HEAPPAGESHIFT; off++) {
			cr_assert_eq(((uint64_t)off * magic) >> 32, off / size, "offset %u, size %u", off, size);
			cr_assert_eq(off * magic < magic, off % size == 0, "offset %u, size %u", off, size);
		}
	}
}

// ---- traces -----------------------------------------------------------------------------

#define THREADS 4
#define SLOTS 512 // of each thread
#define ROUNDS 40

typedef struct object {
	unsigned char *p;
	size_t size;
	unsigned char tag;
	bool tiny;
} object;

static object held[THREADS][SLOTS];
static pthread_mutex_t shelflock = PTHREAD_MUTEX_INITIALIZER;
static object shelf[64]; // objects on their way from one thread to another
static pthread_barrier_t barrier;
static uint64_t seed;
static long steps;

typedef struct random {
	uint64_t s;
} random_t;

static uint64_t
rnd(random_t *r, uint64_t n)
{
	r->s ^= r->s << 13;
	r->s ^= r->s >> 7;
	r->s ^= r->s << 17;
	return r->s % n;
}

static size_t
randomsize(random_t *r)
{
	switch (rnd(r, 16)) {
	case 0:
		return rnd(r, 3 << 20); // large
	case 1:
		return classsize[1 + rnd(r, NCLASS - 1)] + rnd(r, 3) - 1; // at the border of a class
	case 2:
	case 3:
		return rnd(r, MAXSMALL + 1);
	default:
		return rnd(r, 600);
	}
}

// ends tells the bytes of an object that are filled and compared: all of a small one, the ends of
// others.
static size_t
ends(size_t n)
{
	return n < 4096 ? n : 64;
}

static void
fill(object *o)
{
	memset(o->p, o->tag, ends(o->size));
	memset(o->p + o->size - ends(o->size), o->tag, ends(o->size));
}

static void
compare(const object *o)
{
	size_t n = ends(o->size);
	for (size_t i = 0; i < n; i++)
		cr_assert(o->p[i] == o->tag && o->p[o->size - n + i] == o->tag, "byte %zu of %zu is not its user's", i, o->size);
}

static void
zeroed(const object *o)
{
	size_t n = ends(o->size);
	for (size_t i = 0; i < n; i++)
		cr_assert(o->p[i] == 0 && o->p[o->size - n + i] == 0, "byte %zu of %zu is not zero", i, o->size);
}

static void
make(object *o, random_t *r)
{
	size_t n = randomsize(r), align = 8;
	bool clear = true;
	o->tiny = false;
	switch (rnd(r, 8)) {
	case 0:
		o->p = thrum_calloc(1, n);
		break;
	case 1:
		align = (size_t)1 << rnd(r, 16);
		o->p = thrum_aligned_alloc(align, n);
		clear = false;
		break;
	case 2:
		o->p = thrum_alloc(n);
		break;
	case 3:
		o->p = thrum_alloc_noscan(n);
		o->tiny = n < TINYBLOCK;
		align = n % 8 == 0 ? 8 : n % 4 == 0 ? 4 : n % 2 == 0 ? 2 : 1;
		break;
	case 4:
		o->p = thrum_newobject(n, align = (size_t)1 << rnd(r, 7), NULL);
		break;
	default:
		o->p = thrum_malloc(n);
		clear = false;
		align = n > 8 ? 16 : 8;
	}
	o->size = n;
	if (clear)
		zeroed(o);
	cr_assert(o->p && (uintptr_t)o->p % align == 0, "%p is not aligned to %zu", (void *)o->p, align);
	o->tag = (unsigned char)(1 + rnd(r, 255));
	fill(o);
}

static void
find(const object *o, random_t *r)
{
	size_t size, off = o->size ? rnd(r, o->size) : 0;
	unsigned char *base = thrum_findobject(o->p + off, &size);
	if (o->tiny)
		cr_assert(base && base <= o->p && o->p + o->size < base + TINYBLOCK && thrum_usable_size(o->p) == 0);
	else
		cr_assert(base == o->p && size >= o->size && size == thrum_usable_size(o->p), "%p + %zu of %zu: found %p of %zu", (void *)o->p,
			off, o->size, (void *)base, size);
}

static void
step(object *mine, random_t *r)
{
	object *o = &mine[rnd(r, SLOTS)];
	if (!o->p) {
		make(o, r);
		return;
	}
	compare(o);
	find(o, r);
	switch (rnd(r, 8)) {
	case 0: // to another thread
		pthread_mutex_lock(&shelflock);
		object *s = &shelf[rnd(r, 64)], t = *s;
		*s = *o;
		*o = t;
		pthread_mutex_unlock(&shelflock);
		break;
	case 1: {
		size_t had = o->size, n = randomsize(r);
		unsigned char *p = thrum_realloc(o->p, n);
		cr_assert(p);
		for (size_t i = 0; i < had && i < n && i < ends(had); i++)
			cr_assert(p[i] == o->tag, "realloc from %zu to %zu loses byte %zu", had, n, i);
		o->p = p;
		o->size = n;
		o->tiny = o->tiny && n < TINYBLOCK;
		fill(o);
		break;
	}
	default:
		thrum_free(o->p);
		o->p = NULL;
	}
}

// distinct checks that no two objects overlap, by sorting them.
static int
byaddress(const void *a, const void *b)
{
	const object *const *x = a, *const *y = b;
	return ((*x)->p > (*y)->p) - ((*x)->p < (*y)->p);
}

static void
distinct(void)
{
	static const object *all[THREADS * SLOTS + 64];
	size_t n = 0;
	for (size_t t = 0; t < THREADS; t++)
		for (size_t i = 0; i < SLOTS; i++)
			if (held[t][i].p)
				all[n++] = &held[t][i];
	for (size_t i = 0; i < 64; i++)
		if (shelf[i].p)
			all[n++] = &shelf[i];
	qsort(all, n, sizeof *all, byaddress);
	for (size_t i = 1; i < n; i++)
		cr_assert(all[i - 1]->p + all[i - 1]->size <= all[i]->p && all[i - 1]->p < all[i]->p, "two objects overlap");
}

// sums compares the statistics with the list.
static void
sums(void)
{
	static thrum_memstats st;
	size_t want[NCLASS] = {0}, large = 0;
	thrum_get_memstats(&st);
	for (size_t k = 0; k < THREADS * SLOTS + 64; k++) {
		const object *o = k < THREADS * SLOTS ? &held[k / SLOTS][k % SLOTS] : &shelf[k - THREADS * SLOTS];
		if (!o->p || o->tiny)
			continue;
		mspan *s = spanof((uintptr_t)o->p);
		want[binclass(s->bin)]++;
		if (binclass(s->bin) == 0)
			large += s->size;
	}
	cr_assert(st.classes[0].inuse == want[0] && st.classes[0].bytes == large, "large objects: %zu of %zu bytes, not %zu of %zu",
		want[0], large, st.classes[0].inuse, st.classes[0].bytes);
	for (uint32_t c = 1; c < NCLASS; c++) // tiny blocks are of class 2
		cr_assert(c == 2 ? st.classes[c].inuse >= want[c] : st.classes[c].inuse == want[c], "class %u: %zu in use, not %zu", c,
			want[c], st.classes[c].inuse);
}

static void *
worker(void *a)
{
	size_t me = (size_t)(uintptr_t)a;
	random_t r = {seed + me * 7919};
	for (int round = 0; round < ROUNDS; round++) {
		for (long i = 0; i < steps; i++)
			step(held[me], &r);
		pthread_barrier_wait(&barrier);
		if (me == 0) {
			const char *wrong = heapcheck();
			cr_assert(!wrong, "round %d, THRUM_SEED=%lu: %s", round, (unsigned long)seed, wrong);
			distinct();
			sums();
			if (round % 8 == 7)
				heaptrim();
		}
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static void
begin(void)
{
	const char *s = getenv("THRUM_SEED"), *stress = getenv("STRESS");
	seed = s ? strtoull(s, NULL, 0) : (uint64_t)time(NULL) * 2654435761u | 1;
	steps = 4000 * (stress ? atol(stress) : 1);
	fprintf(stderr, "THRUM_SEED=%lu\n", (unsigned long)seed);
}

Test(alloc, traces, .timeout = 600)
{
	pthread_t t[THREADS];
	begin();
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (size_t i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&t[i], NULL, worker, (void *)i), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	// The threads are gone, and their spans are in the central lists. Everything can be freed.
	cr_assert_null(heapcheck());
	for (size_t k = 0; k < THREADS * SLOTS + 64; k++) {
		object *o = k < THREADS * SLOTS ? &held[k / SLOTS][k % SLOTS] : &shelf[k - THREADS * SLOTS];
		if (o->p)
			compare(o);
		thrum_free(o->p);
		o->p = NULL;
	}
	mcacheflush(getmcache());
	cr_assert_null(heapcheck());
	static thrum_memstats st;
	thrum_get_memstats(&st);
	for (uint32_t c = 0; c < NCLASS; c++)
		cr_assert(c == 2 || (st.classes[c].inuse == 0 && st.classes[c].spans == 0), "class %u: %zu objects, %zu spans are left", c,
			st.classes[c].inuse, st.classes[c].spans);
}

// ---- the check --------------------------------------------------------------------------

// expect compares the result of heapcheck with the text for a damage; NULL: there is none.
static void
expect(const char *what)
{
	const char *wrong = heapcheck();
	cr_assert(what ? wrong && strcmp(wrong, what) == 0 : !wrong, "wanted: %s, got: %s", what ? what : "nothing",
		wrong ? wrong : "nothing");
}

// damaged does damage for as long as it takes to see it. heapcheck marks the objects in magazines,
// and leaves the marks if it finds a fault there.
#define damaged(place, value, what) \
	do { \
		uint64_t bits[16]; \
		memcpy(bits, freebits(s), (s->nelems + 63u) / 64 * 8); \
		__typeof__((place) + 0) was = (place); \
		(place) = (value); \
		expect(what); \
		(place) = was; \
		memcpy(freebits(s), bits, (s->nelems + 63u) / 64 * 8); \
	} while (0)

static mspan *
several(void **p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cr_assert(p[i] = thrum_malloc(48));
	mspan *s = spanof((uintptr_t)p[0]);
	cr_assert(s && s->nelems > 4);
	return s;
}

Test(alloc, damage)
{
	static void *p[1000];
	mspan *s = several(p, 3);
	mcache *c = getmcache();
	magazine *mag = &c->bin[s->bin];
	uint32_t bin = s->bin, object = objectat(s, (uintptr_t)p[0]);
	zone *z = heap.zones;
	uint32_t page = (uint32_t)((s->base - z->base) >> HEAPPAGESHIFT);
	char *large = thrum_malloc(100000);
	mspan *l = spanof((uintptr_t)large);
	cr_assert(mag->top - mag->bottom >= 1 && c->partial[bin].first == s && s->nfree > 1);
	expect(NULL);
	damaged(s->nfree, s->nfree - 1, "a span does not count its free objects");
	damaged(s->size, 64, "a span does not have the size of its class");
	damaged(s->hint, 255, "a free object lies before the hint of its span");
	damaged(freebits(s)[object / 64], freebits(s)[object / 64] | (uint64_t)1 << object % 64, "an object in use is free");
	uint32_t end = s->nelems / 64;
	cr_assert(s->nelems % 64);
	damaged(freebits(s)[end], freebits(s)[end] | (uint64_t)1 << 63, "an object behind the end of a span is free");
	damaged(s->owner, NULL, "a span is in the wrong list");
	damaged(c->partial[bin].first, NULL, "a span is in no list");
	damaged(c->nempty[bin], 1, "a span is in the wrong list");
	damaged(s->state, SpanDead, "a dead span has pages");
	damaged(*mag->top[-1].cell, 1, "an object in use is in a magazine");
	damaged(mag->top[-1].object, (char *)mag->top[-1].object + 1, "a cache keeps what is no object");
	damaged(mag->top[-1].cell, mag->top[-1].cell + 1, "a magazine has an object of another bin, or with another's cell");
	damaged(mag->top, mag->top - 1, "an object is lost");
	cr_assert(mag->top < mag->limit);
	*mag->top = mag->top[-1];
	damaged(mag->top, mag->top + 1, "an object is kept twice");
	cr_assert(l->npages > 1);
	damaged(z->span[(((uintptr_t)large - z->base) >> HEAPPAGESHIFT) + 1], s, "a page of a span belongs to another");
	damaged(l->nelems, 2, "a large span has no single object");
	damaged(z->span[page], NULL, "a span is in no list");
	damaged(z->pages.nfree, z->pages.nfree + 1, "nfree or nscav is not the number of such pages");
	expect(NULL);
}

// With heapcheck=1 the next slow way reports a damage, also while others use the heap. Then an
// object that is in no place is none, because it may be in the magazine of another.
static void
reported(bool busy, bool lost)
{
	static void *p[1000];
	debug.heapcheck = 1;
	mspan *s = several(p, 3);
	mcache other = {.inuse = busy, .lock = {.rank = RankMcache}, .link = caches.all, .mag = nocache.bin};
	caches.all = &other;
	heapcheckpoint();
	if (lost)
		getmcache()->bin[s->bin].top--;
	else
		s->nfree--;
	several(p, 1000);
	exit(3);
}

Test(alloc, reported, .signal = SIGABRT)
{
	reported(false, false);
}

Test(alloc, reported_busy, .signal = SIGABRT)
{
	reported(true, false);
}

Test(alloc, reported_lost, .signal = SIGABRT)
{
	reported(false, true);
}

Test(alloc, unknown_lost, .exit_code = 3)
{
	reported(true, true);
}

// ---- lookups ----------------------------------------------------------------------------

// Any value at all: either it lies in an object of the list, and the lookup finds that, or it finds
// nothing.
Test(alloc, find, .timeout = 600)
{
	enum { N = 4096 };
	static object o[N];
	static const object *sorted[N];
	begin();
	random_t r = {seed};
	for (int i = 0; i < N; i++) {
		do {
			o[i].size = randomsize(&r);
			o[i].p = thrum_alloc(o[i].size);
		} while (rnd(&r, 4) == 0); // some stay unknown
		sorted[i] = &o[i];
	}
	qsort(sorted, N, sizeof *sorted, byaddress);
	for (long k = 0; k < 300000; k++) {
		const object *x = &o[rnd(&r, N)];
		size_t size;
		// Inside, and one past the end: the object itself.
		unsigned char *p = x->p + (rnd(&r, 4) == 0 ? x->size : rnd(&r, x->size + 1));
		cr_assert_eq(thrum_findobject(p, &size), x->p);
		// Any value: what is found contains it.
		p = (unsigned char *)(rnd(&r, 2) ? r.s : (uintptr_t)x->p + (r.s >> 32) - 0x80000000);
		unsigned char *base = thrum_findobject(p, &size);
		cr_assert(!base || (base <= p && p < base + size));
		size_t lo = 0, hi = N;
		while (lo < hi) {
			size_t mid = (lo + hi) / 2;
			if (sorted[mid]->p + sorted[mid]->size < p)
				lo = mid + 1;
			else
				hi = mid;
		}
		if (lo < N && sorted[lo]->p <= p)
			cr_assert_eq(base, sorted[lo]->p);
	}
	int local;
	void *foreign = malloc(100);
	cr_assert(!thrum_findobject(&local, NULL) && !thrum_findobject(foreign, NULL) && !thrum_findobject(NULL, NULL) &&
		!thrum_findobject(&barrier, NULL) && !thrum_findobject((void *)-1, NULL));
	free(foreign);
}

// ---- a double free by two threads -------------------------------------------------------

static void
twice(bool flush)
{
	char *p = thrum_malloc(100);
	mspan *s = spanof((uintptr_t)p);
	thrum_free(p);
	store(s->cells[objectat(s, (uintptr_t)p)], 1); // as the other thread has seen it
	thrum_free(p);
	if (flush)
		mcacheflush(getmcache());
	else
		cr_assert(thrum_malloc(100) != thrum_malloc(100));
}

Test(alloc, twice_taken, .exit_code = 2)
{
	twice(false);
}

// One copy goes back to its span, the other is handed out. Then the span must not give it out
// again.
Test(alloc, twice_filled, .exit_code = 2)
{
	char *p = thrum_malloc(100), *stays = thrum_malloc(100);
	mspan *s = spanof((uintptr_t)p);
	thrum_free(p);
	mcacheflush(getmcache());
	cr_assert(stays && load(s->state) == SpanSmall);
	store(s->cells[objectat(s, (uintptr_t)p)], 1);
	for (int i = 0; i < 200; i++)
		cr_assert(thrum_malloc(100));
}

Test(alloc, twice_spilled, .exit_code = 2)
{
	twice(true);
}
