// SPDX-License-Identifier: MIT
//
// heap.c - all calls of thrum/alloc.h at random, by goroutines on 1 to 64 Ps, in callbacks and by
// plain threads.
//
//	heap trace STEPS SEED   that many steps in all
//	heap find N SEED        N values of all kinds, each looked up by thrum_findobject
//	heap profile MB SEED    as many MB from each of eight places, compared with the memory profile
//
// An object is filled with a pattern from its address and size, and compared before its size
// changes, before it is freed, and when it comes from another goroutine. A phase ends when all have
// done their steps. Then the whole heap is compared (heapcheck), Ps come or go, and sometimes free
// memory is given back. In the end everything is free.
//
// find knows every object that there is, so each answer has only one right value. Objects end and
// begin in between.
//
// For profile, four goroutines and a thread allocate, and free what others have allocated. The
// estimate for each place must be within 5 per cent of the truth. All frees must be counted.
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "heap.h"
#include "random.h"
#define CHECK_END abort()
#include "../prog/extra/check.h"

#define WORKERS 16 // goroutines
#define THREADS 3
#define SLOTS 100 // of each
#define SHELF 256
#define PHASES 12
#define MOST (4u << 20) // bytes of an object
#define WHOLE 2048      // ... of which all are filled, if it has as many

typedef struct object {
	unsigned char *p; // NULL: none
	size_t size;
	bool tiny;  // shares a block, and cannot be freed
} object;

static object objects[(WORKERS + THREADS) * SLOTS + SHELF];
static object *_Atomic shelf[SHELF]; // objects on their way from one worker to another
static thrum_wg wg;
static uint64_t seed;
static long steps; // of a worker in a phase

static struct worker {
	object *mine[SLOTS];
	uint64_t rng;
	bool goroutine;
} workers[WORKERS + THREADS];

// ---- contents --------------------------------------------------------------------------

static unsigned char
pattern(const unsigned char *p, size_t size, size_t i)
{
	return (unsigned char)(((uintptr_t)p >> 3) * 31 + size * 7 + i * 13 + (i >> 8));
}

// step is the distance of the next byte that is filled: all of a small object, the ends and some of
// each page of others.
static size_t
after(size_t i, size_t size)
{
	if (size <= WHOLE || i < 64 || i >= size - 64)
		return i + 1;
	return i + 509 < size - 64 ? i + 509 : size - 64;
}

static void
fill(const object *o)
{
	for (size_t i = 0; i < o->size; i = after(i, o->size))
		o->p[i] = pattern(o->p, o->size, i);
}

static void
compare(const object *o)
{
	for (size_t i = 0; i < o->size; i = after(i, o->size))
		CHECK(o->p[i] == pattern(o->p, o->size, i));
}

static void
zeroed(const object *o)
{
	for (size_t i = 0; i < o->size; i = after(i, o->size))
		CHECK(o->p[i] == 0);
}

// ---- steps -----------------------------------------------------------------------------

static size_t
randomsize(uint64_t *r)
{
	uint64_t x = next(r);
	switch (x % 64) {
	case 0:
		return (x >> 8) % (MOST + 1);
	case 1:
	case 2:
		return (x >> 8) % 70000;
	case 3:
	case 4:
	case 5:
		return (x >> 8) % 5000;
	case 6:
	case 7: // about a power of two, or one and a half
		return (size_t)(2 + (x >> 8) % 2) << (x >> 16) % 15 >> 1 | (x >> 32) % 2;
	default:
		return (x >> 8) % 400;
	}
}

static void
create(object *o, uint64_t *r)
{
	size_t n = randomsize(r), align = 1;
	bool clean = true;
	*o = (object){.size = n};
	switch (next(r) % 10) {
	case 0:
		o->p = thrum_calloc(1 + n / 7, 7);
		o->size = (1 + n / 7) * 7;
		align = 8;
		break;
	case 1:
		align = (size_t)1 << next(r) % 17;
		o->p = thrum_aligned_alloc(align, n);
		clean = false;
		break;
	case 2:
		o->p = thrum_alloc(n);
		align = 8;
		break;
	case 3:
		o->p = thrum_alloc_noscan(n);
		o->tiny = n < 16;
		break;
	case 4:
		align = (size_t)1 << next(r) % 8;
		o->p = thrum_newobject(n, align, NULL);
		break;
	case 5:
		o->p = (unsigned char *)thrum_new_n(uint32_t, n / 4);
		o->size = n / 4 * 4;
		align = 4;
		break;
	case 6:
		o->p = thrum_realloc(NULL, n);
		align = n > 8 ? 16 : 8;
		clean = false;
		break;
	default:
		o->p = thrum_malloc(n);
		align = n > 8 ? 16 : 8;
		clean = false;
	}
	CHECK(o->p && (uintptr_t)o->p % align == 0);
	if (clean)
		zeroed(o);
	fill(o);
}

static void
look(const object *o, uint64_t *r)
{
	size_t size = 0, usable = thrum_usable_size(o->p);
	const unsigned char *at = o->p + (o->size ? next(r) % o->size : 0), *base = thrum_findobject(at, &size);
	CHECK(base && base <= at && at < base + size + (size == 0));
	CHECK(o->tiny ? base + size >= o->p + o->size : base == o->p && usable >= o->size && size == usable);
}

static void
resize(object *o, uint64_t *r)
{
	object old = *o;
	size_t n = randomsize(r), both = n < old.size ? n : old.size;
	o->p = thrum_realloc(old.p, n);
	o->size = n;
	o->tiny = old.tiny && n < 16;
	CHECK(o->p);
	for (size_t i = 0; i < both; i = after(i, old.size))
		CHECK(o->p[i] == pattern(old.p, old.size, i));
	fill(o);
}

static void
step(struct worker *w)
{
	uint64_t *r = &w->rng;
	object **at = &w->mine[next(r) % SLOTS], *o = *at;
	if (!o->p) {
		create(o, r);
		return;
	}
	compare(o);
	switch (next(r) % 8) {
	case 0:
	case 1:
		*at = atomic_exchange(&shelf[next(r) % SHELF], o);
		if ((*at)->p)
			compare(*at);
		break;
	case 2:
		resize(o, r);
		break;
	case 3:
		look(o, r);
		break;
	default:
		thrum_free(o->p);
		o->p = NULL;
	}
}


static int
incallback(const void *a, const void *b)
{
	struct worker *w = *(struct worker *const *)a;
	(void)b;
	step(w);
	return 0;
}

static void
work(struct worker *w)
{
	struct worker *pair[2] = {w, w};
	for (long i = 0; i < steps; i++) {
		step(w);
		if (i % 32 == 0)
			qsort(pair, 2, sizeof *pair, incallback);
		if (w->goroutine && i % 64 == 0)
			thrum_yield();
	}
	thrum_wg_done(&wg);
}

static void
goroutine(void *arg)
{
	work(arg);
}

static void *
thread(void *arg)
{
	work(arg);
	return NULL;
}

static void
phase(void)
{
	pthread_t t[THREADS];
	thrum_wg_add(&wg, WORKERS + THREADS);
	for (int i = 0; i < WORKERS; i++)
		CHECK(thrum_go(goroutine, &workers[i]) == 0);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&t[i], NULL, thread, &workers[WORKERS + i]) == 0);
	thrum_wg_wait(&wg);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(t[i], NULL) == 0);
}

static void
sound(const char *when)
{
	const char *wrong = wholeheap();
	if (wrong)
		fprintf(stderr, "%s: %s\n", when, wrong);
	CHECK(!wrong);
}

static void
trace(long total)
{
	static const int procs[] = {1, 2, 3, 8, 64};
	static thrum_memstats st;
	uint64_t r = seed;
	size_t n = 0;
	steps = total / (PHASES * (WORKERS + THREADS)) + 1;
	for (int i = 0; i < WORKERS + THREADS; i++) {
		workers[i].rng = next(&r);
		workers[i].goroutine = i < WORKERS;
		for (int k = 0; k < SLOTS; k++)
			workers[i].mine[k] = &objects[n++];
	}
	for (int i = 0; i < SHELF; i++)
		shelf[i] = &objects[n++];
	for (int i = 0; i < PHASES; i++) {
		phase();
		sound("between phases");
		thrum_maxprocs(procs[next(&r) % 5]);
		if (next(&r) % 4 == 0) {
			thrum_stack_trim();
			sound("after a trim");
		}
	}
	for (size_t i = 0; i < n; i++)
		if (objects[i].p) {
			compare(&objects[i]);
			thrum_free(objects[i].p);
		}
	sound("in the end");
	thrum_get_memstats(&st);
	for (int c = 0; c < THRUM_NCLASS; c++) // blocks of tiny objects are of class 2
		CHECK(c == 2 || getenv("INTERPOSED") || (st.classes[c].inuse == 0 && st.classes[c].bytes == 0));
	printf("%ld steps, %lu refills, %lu flushes\n", steps * PHASES * (WORKERS + THREADS), (unsigned long)st.refills,
		(unsigned long)st.flushes);
}

// ---- lookups ---------------------------------------------------------------------------

#define OBJECTS 8000
#define CHANGES 200 // objects that change between two rounds of lookups
#define ROUND 20000

static object all[OBJECTS];

// The reference: where objects are, by address.
static struct range {
	uintptr_t lo, hi;
} ranges[OBJECTS + 1];
static size_t nranges;

static int
byaddress(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	return (x->lo > y->lo) - (x->lo < y->lo);
}

static void
reference(void)
{
	nranges = 0;
	for (size_t i = 0; i < OBJECTS; i++) {
		uintptr_t p = (uintptr_t)all[i].p;
		if (!p)
			continue;
		if (all[i].tiny)
			ranges[nranges++] = (struct range){p & ~(uintptr_t)15, (p & ~(uintptr_t)15) + 16};
		else
			ranges[nranges++] = (struct range){p, p + thrum_usable_size(all[i].p)};
	}
	qsort(ranges, nranges, sizeof *ranges, byaddress);
	size_t n = 0;
	for (size_t i = 0; i < nranges; i++)
		if (n == 0 || ranges[n - 1].lo != ranges[i].lo)
			ranges[n++] = ranges[i];
		else
			CHECK(ranges[n - 1].hi - ranges[n - 1].lo == 16); // a block with several objects
	nranges = n;
	for (size_t i = 1; i < n; i++)
		CHECK(ranges[i - 1].hi <= ranges[i].lo);
}

static const struct range *
rangeof(uintptr_t a)
{
	size_t lo = 0, hi = nranges;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (ranges[mid].hi <= a)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < nranges && ranges[lo].lo <= a ? &ranges[lo] : NULL;
}

// value draws a value of some kind.
static uintptr_t
value(uint64_t *r, void *foreign)
{
	const struct range *x = &ranges[next(r) % nranges];
	uint64_t v = next(r);
	switch (next(r) % 12) {
	case 0:
		return x->lo;
	case 1:
		return x->hi; // one past the end
	case 2:
		return x->hi - 1;
	case 3:
		return x->lo - 1;
	case 4:
		return v; // anything
	case 5:
		return v >> 17; // any address of a program
	case 6:
		return (x->lo & ~(uintptr_t)0xffffffff) | (v & 0xffffffff);
	case 7:
		return (x->lo & ~(uintptr_t)0x1fff) | (v & 0x1fff); // the same page
	case 8:
		return x->lo | (v << 47); // no address
	case 9:
		switch (v % 5) {
		case 0:
			return (uintptr_t)r;
		case 1:
			return (uintptr_t)&all[v / 5 % OBJECTS];
		case 2:
			return (uintptr_t)foreign + v / 5 % 4096;
		case 3:
			return (uintptr_t)value;
		default:
			return (uintptr_t)__builtin_frame_address(0);
		}
	default:
		return x->lo + v % (x->hi - x->lo);
	}
}

static void
lookups(long total)
{
	uint64_t r = seed, hits = 0;
	void *foreign = malloc(4096);
	CHECK(foreign);
	for (size_t i = 0; i < OBJECTS; i++)
		create(&all[i], &r);
	for (long done = 0; done < total; done += ROUND) {
		reference();
		for (long i = 0; i < ROUND; i++) {
			uintptr_t v = value(&r, foreign);
			const struct range *x = rangeof(v);
			size_t size = 1;
			void *base = thrum_findobject((void *)v, &size);
			if (x ? (uintptr_t)base != x->lo || size != x->hi - x->lo : base != NULL)
				fprintf(stderr, "%p: found %p of %zu, and %p to %p is there\n", (void *)v, base, size, x ? (void *)x->lo : NULL,
					x ? (void *)x->hi : NULL);
			CHECK(x ? (uintptr_t)base == x->lo && size == x->hi - x->lo : !base);
			hits += x != NULL;
		}
		for (int i = 0; i < CHANGES; i++) {
			object *o = &all[next(&r) % OBJECTS];
			if (!o->p) {
				create(o, &r);
			} else if (!o->tiny) {
				compare(o);
				thrum_free(o->p);
				o->p = NULL;
			}
		}
	}
	free(foreign);
	CHECK(hits > (uint64_t)total / 4 && hits < (uint64_t)total / 4 * 3);
	printf("%ld lookups, %lu in objects\n", total, (unsigned long)hits);
}

// ---- the profile -----------------------------------------------------------------------

#define PLACES 8
#define MAKERS 5 // one of them is a thread
#define RATE 8192

static const uint32_t placesize[PLACES] = {24, 64, 100, 400, 1000, 5000, 30000, 300000};
static _Atomic uint64_t made[PLACES];   // bytes in the heap
static void *_Atomic waiting[1024]; // objects that another goroutine will free
static uint64_t target;

// Each place has a function of its own, which is neither inlined nor merged with another.
#define PLACE(k) \
	__attribute__((noinline)) static void *place##k(void) \
	{ \
		void *p = k % 2 ? thrum_malloc(placesize[k]) : thrum_calloc(placesize[k], 1); \
		__asm__ volatile("# place " #k : "+r"(p)); \
		return p; \
	}
PLACE(0)
PLACE(1)
PLACE(2)
PLACE(3)
PLACE(4)
PLACE(5)
PLACE(6)
PLACE(7)
static void *(*const place[PLACES])(void) = {place0, place1, place2, place3, place4, place5, place6, place7};

static void
make(struct worker *w)
{
	uint64_t mine[PLACES] = {0}, left = PLACES;
	while (left > 0) {
		uint64_t r = next(&w->rng);
		uint32_t k = (uint32_t)(r % PLACES);
		for (int i = 0; mine[k] < target / MAKERS && i < 1 + 20000 / (int)placesize[k]; i++) {
			void *p = place[k]();
			CHECK(p);
			mine[k] += thrum_usable_size(p);
			left -= mine[k] >= target / MAKERS;
			thrum_free(atomic_exchange(&waiting[(r >> 8) + (uint64_t)i & 1023], p));
		}
		if (w->goroutine && r >> 60 == 0)
			thrum_yield();
	}
	for (int k = 0; k < PLACES; k++)
		atomic_fetch_add(&made[k], mine[k]);
	thrum_wg_done(&wg);
}

static void
makes(void *arg)
{
	make(arg);
}

static void *
makesthread(void *arg)
{
	make(arg);
	return NULL;
}

// placeof returns the place that a record is of: the function that contains its innermost pc.
static int
placeof(const thrum_memrecord *r)
{
	int best = -1;
	for (int k = 0; k < PLACES; k++)
		if (r->pc[0] >= (uintptr_t)place[k] && (best < 0 || (uintptr_t)place[k] > (uintptr_t)place[best]))
			best = k;
	CHECK(best >= 0 && r->pc[0] - (uintptr_t)place[best] < 256);
	return best;
}

static void
profile(uint64_t mb)
{
	static thrum_memrecord records[1000];
	double estimate[PLACES] = {0}, worst = 0;
	uint64_t samples = 0, objects = 0;
	pthread_t t;
	CHECK(thrum_set_memprofile(RATE) == 0);
	target = mb << 20;
	thrum_wg_add(&wg, MAKERS);
	for (int i = 0; i < MAKERS; i++) {
		workers[i].rng = seed + (uint64_t)i;
		workers[i].goroutine = i > 0;
		if (i > 0)
			CHECK(thrum_go(makes, &workers[i]) == 0);
		else
			CHECK(pthread_create(&t, NULL, makesthread, &workers[i]) == 0);
	}
	thrum_wg_wait(&wg);
	CHECK(pthread_join(t, NULL) == 0);
	for (int i = 0; i < 1024; i++)
		thrum_free(waiting[i]);
	size_t n = thrum_memprofile(records, 1000);
	CHECK(n <= 1000);
	for (size_t i = 0; i < n; i++) {
		const thrum_memrecord *r = &records[i];
		double size = (double)r->alloc_bytes / (double)r->allocs;
		CHECK(r->frees == r->allocs && r->free_bytes == r->alloc_bytes);
		estimate[placeof(r)] += (double)r->alloc_bytes / (1 - exp(-size / RATE));
		samples += r->allocs;
	}
	for (int k = 0; k < PLACES; k++) {
		double off = estimate[k] / (double)made[k] - 1;
		if (off < -0.05 || off > 0.05)
			fprintf(stderr, "%u bytes: %.0f estimated, %lu allocated\n", placesize[k], estimate[k], (unsigned long)made[k]);
		CHECK(off > -0.05 && off < 0.05);
		worst = fabs(off) > worst ? fabs(off) : worst;
		objects += made[k] / placesize[k];
	}
	printf("%lu samples of about %lu objects, estimates off by %.2f %% at most\n", (unsigned long)samples, (unsigned long)objects,
		worst * 100);
}

int
main(int argc, char **argv)
{
	CHECK(argc == 4);
	seed = strtoull(argv[3], NULL, 10);
	if (strcmp(argv[1], "trace") == 0)
		trace(atol(argv[2]));
	else if (strcmp(argv[1], "profile") == 0)
		profile(strtoull(argv[2], NULL, 10));
	else
		lookups(atol(argv[2]));
	return 0;
}
