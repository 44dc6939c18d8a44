// SPDX-License-Identifier: MIT
//
// debug.c - the debug mode of the heap: red zones, patterns, the quarantine and the reports
// (debug.h).

#include "alloc/debug.h"

#include <errno.h>
#include <unistd.h>

#include "alloc/profile.h"
#include "alloc/site.h"
#include "arch/arch.h"
#include "core/base/debug.h"
#include "core/base/print.h"
#include "core/diag/crash.h"
#include "core/diag/traceback.h"
#include "core/sched/proc.h"

#define RED 32              // least bytes of a red zone
#define WATCHED (32u << 10) // bytes at each end of a large object that are filled and compared
#define QUARANTINE (16u << 20) // bytes of blocks in it; the latest one stays in any case
#define DEPTH 16            // calls that a site has
#define BUCKETS (1u << 18)  // a power of two

enum { FillRed = 0xbd, FillNew = 0xa5, FillFreed = 0xdf };

typedef struct block {
	struct block *next;  // of the same hash; also the fixalloc's
	struct block *later; // in the quarantine
	uintptr_t p;         // the object
	size_t n;            // its bytes
	uintptr_t base;
	size_t size;         // of the block
	const site *made, *ended; // ended is NULL, or freed is set
	uint64_t maker, ender;    // numbers of goroutines; 0: a thread without one
	uint8_t kind;        // enum objkind
	bool freed;          // in the quarantine
} block;

static const fixkind blockkind = {.name = "blocks", .use = UseMeta, .slab = 1 << 16, .link = offsetof(block, next)};

_Atomic uint32_t heapmode;

static struct {
	mutex lock;
	// lock:
	fixalloc records;
	block **bucket; // NULL: there are no objects yet
	mcache *cache;
	block *first, *last; // the quarantine, the earliest first
	size_t quarantined;  // bytes of it
} dbg = {.lock = MUTEX(RankDebug), .records = FIXALLOC(&blockkind, sizeof(block))};

static uintptr_t
readmode(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	if (!environ)
		return 0;
	debuginit();
	if (debug.memprofilerate > 0)
		store(profilerate, (size_t)debug.memprofilerate);
	store(heapmode, debug.malloc ? HeapDebug : debug.memprofilerate > 0 ? HeapProfiled : HeapFast);
	return 0;
}

bool
heapmoderead(void)
{
	if (load(heapmode) == HeapUnknown)
		systemstack(readmode, 0, 0);
	return load(heapmode) == HeapDebug;
}

void
debuglock(void)
{
	lock(&dbg.lock);
}

void
debugunlock(void)
{
	unlock(&dbg.lock);
}

mcache *
debugcache(void)
{
	return dbg.cache;
}

static uint64_t
goid(void)
{
	const g *gp = getg();
	return gp ? gp->goid : 0;
}

// ---- records ----------------------------------------------------------------------------
// All under dbg.lock.

static block **
bucketof(uintptr_t base)
{
	return &dbg.bucket[(base >> 3) * 0x9e3779b97f4a7c15u >> 46];
}
static_assert(BUCKETS == 1u << (64 - 46), "bucketof");

static block *
recordof(uintptr_t base)
{
	block *b = dbg.bucket ? *bucketof(base) : NULL;
	while (b && b->base != base)
		b = b->next;
	return b;
}

// blockat returns the record of the block that contains a; NULL if there is none. *s is the span of
// the object of the heap there, at *base; NULL if there is no object.
static block *
blockat(uintptr_t a, mspan **s, uintptr_t *base)
{
	*s = spanof(a);
	if (!*s || load((*s)->state) == SpanDead) {
		*s = NULL;
		return NULL;
	}
	uint32_t i = objectat(*s, a);
	*base = (*s)->base + i * (*s)->size;
	if (i < (*s)->nelems)
		return recordof(*base);
	*s = NULL;
	return NULL;
}

// ---- reports ----------------------------------------------------------------------------

// A fault. A copy of the record, because another thread may change it.
typedef struct wrong {
	const char *what;
	uintptr_t at;
	size_t bytes; // damaged; 0: the call itself is wrong
	const char *where;
	block b;      // p is 0: there is no record
	size_t spansize; // if there is none; 0: no memory of the heap
	bool gone;       // ... and it is free
} wrong;

static void
who(const char *did, uint64_t goid, const site *s)
{
	if (goid)
		print("%s by goroutine %lu:\n", did, (unsigned long)goid);
	else
		print("%s by a thread that runs no goroutine:\n", did);
	if (s)
		printpcs(s->pc, s->n);
	else
		print("(there was no memory to note it)\n");
}

static void
head(const void *arg)
{
	const wrong *w = arg;
	const block *b = &w->b;
	print("%s: ", w->what);
	if (w->bytes)
		print("%lu byte%s from %p on, ", (unsigned long)w->bytes, w->bytes == 1 ? "" : "s", (void *)w->at);
	else
		print("%p, ", (void *)w->at);
	if (!b->p && !w->spansize)
		print("which is no memory of thrum_malloc or thrum_new\n");
	else if (!b->p)
		print("in a span of objects of %lu bytes%s\n", (unsigned long)w->spansize,
			w->gone ? "; it was freed so long ago that its record is gone" : "");
	else if (!w->bytes && w->at > b->p)
		print("%lu bytes from the start of an object of %lu bytes at %p\n", (unsigned long)(w->at - b->p), (unsigned long)b->n,
			(void *)b->p);
	else
		print("%s an object of %lu bytes at %p\n", w->where, (unsigned long)b->n, (void *)b->p);
	if (!b->p || tracelevel == TraceNone)
		return;
	who("allocated", b->maker, b->made);
	if (b->freed)
		who("freed", b->ender, b->ended);
}

// fail ends the process. dbg.lock is held, and is released.
static _Noreturn void
fail(const wrong *w)
{
	unlock(&dbg.lock);
	fatalby(head, w);
}

static _Noreturn void
misuse(const char *what, uintptr_t p, const block *b, const mspan *s, bool gone)
{
	wrong w = {.what = what, .at = p, .spansize = s ? s->size : 0, .gone = gone};
	if (b) {
		w.b = *b;
		w.where = p < b->p ? "in front of" : "the start of";
	}
	fail(&w);
}

// ---- patterns ---------------------------------------------------------------------------

// watched returns how many bytes at each end of n bytes are filled.
static size_t
watched(size_t n)
{
	return n <= 2 * WATCHED ? n : WATCHED;
}

static void
fill(uintptr_t p, size_t n, int byte)
{
	size_t k = watched(n);
	memset((void *)p, byte, k);
	memset((void *)(p + n - k), byte, k);
}

// behind returns how many bytes the red zone behind b has.
static size_t
behind(const block *b)
{
	size_t n = b->base + b->size - b->p - b->n;
	return n < WATCHED ? n : WATCHED;
}

// same compares n bytes at p with a pattern. If some differ, it says which.
static bool
same(uintptr_t p, size_t n, int byte, wrong *w)
{
	const unsigned char *b = (const unsigned char *)p;
	size_t lo = 0, hi = n;
	while (lo < n && b[lo] == byte)
		lo++;
	if (lo == n)
		return true;
	while (b[hi - 1] == byte)
		hi--;
	w->at = p + lo;
	w->bytes = hi - lo;
	return false;
}

// look ends the process if bytes of b were written that must not be. dbg.lock is held.
static void
look(const block *b)
{
	wrong w = {.b = *b};
	size_t k = watched(b->n);
	uintptr_t end = b->p + b->n;
	if (!same(end, behind(b), FillRed, &w)) {
		w.what = "heap overflow";
		w.where = "behind";
	} else if (!same(b->p - RED, RED, FillRed, &w)) {
		w.what = "heap underflow";
		w.where = "in front of";
	} else if (b->freed && (!same(b->p, k, FillFreed, &w) || !same(end - k, k, FillFreed, &w))) {
		w.what = "write after free";
		w.where = "inside";
	} else {
		return;
	}
	fail(&w);
}

// ---- the quarantine ---------------------------------------------------------------------

// release ends the object that is in the quarantine for longest.
static void
release(void)
{
	block *b = dbg.first, **at = bucketof(b->base);
	look(b);
	if (!(dbg.first = b->later))
		dbg.last = NULL;
	dbg.quarantined -= b->size;
	while (*at != b)
		at = &(*at)->next;
	*at = b->next;
	heapend(dbg.cache, spanof(b->base), b->base);
	fixput(&dbg.records, b);
}

static void
quarantine(block *b)
{
	fill(b->p, b->n, FillFreed);
	b->freed = true;
	b->later = NULL;
	if (dbg.last)
		dbg.last->later = b;
	else
		dbg.first = b;
	dbg.last = b;
	dbg.quarantined += b->size;
	while (dbg.quarantined > QUARANTINE && dbg.first != dbg.last)
		release();
}

// ---- the calls --------------------------------------------------------------------------

// begin makes what the mode needs. Returns: false without memory.
static bool
begin(void)
{
	if (!dbg.cache)
		dbg.cache = mcachenew(NULL);
	if (!dbg.bucket)
		dbg.bucket = heapmeta(BUCKETS * sizeof *dbg.bucket);
	return dbg.cache && dbg.bucket;
}

typedef struct request {
	enum objkind kind;
	size_t n, align;
	bool zeroed;
	uintptr_t frame;
} request;

// create makes an object. Returns: NULL without memory.
static block *
create(const request *r, const site *at)
{
	size_t front = r->align > RED ? r->align : RED, size;
	bool zero = false;
	block *b = begin() ? fixget(&dbg.records) : NULL;
	if (!b)
		return NULL;
	uintptr_t base = 0;
	if (!__builtin_add_overflow(r->n, front + RED, &size)) {
		base = (uintptr_t)heapnew(dbg.cache, r->kind, size, r->align, &zero);
		while (!base && dbg.first) { // the quarantine may have enough
			release();
			if (!dbg.first)
				base = (uintptr_t)heapnew(dbg.cache, r->kind, size, r->align, &zero);
		}
	}
	if (!base) {
		fixput(&dbg.records, b);
		return NULL;
	}
	block **bucket = bucketof(base);
	*b = (block){.next = *bucket, .p = base + front, .n = r->n, .base = base, .size = spanof(base)->size, .made = at,
		.maker = goid(), .kind = (uint8_t)r->kind};
	memset((void *)(b->p - RED), FillRed, RED);
	memset((void *)(b->p + b->n), FillRed, behind(b));
	if (!r->zeroed)
		fill(b->p, b->n, FillNew);
	else if (!zero)
		memset((void *)b->p, 0, b->n);
	return *bucket = b;
}

static uintptr_t
slownew(uintptr_t a, uintptr_t unused)
{
	const request *r = (const request *)a;
	(void)unused;
	checkpoint();
	const site *at = siteof(r->frame, DEPTH);
	lock(&dbg.lock);
	block *b = create(r, at);
	unlock(&dbg.lock);
	return b ? b->p : 0;
}

__attribute__((noinline)) void *
debugnew(enum objkind kind, size_t n, size_t align, bool zeroed)
{
	request r = {kind, n, align < 16 ? 16 : align, zeroed, (uintptr_t)__builtin_frame_address(0)};
	void *p = (void *)systemstack(slownew, (uintptr_t)&r, 0);
	if (!p)
		*thrum_errno_location() = ENOMEM;
	return p;
}

// inuse returns the record of the object at p, which must be in use, and looks at its red zones;
// NULL if it is one without a record.
static block *
inuse(uintptr_t p, const char *notstart, const char *freed)
{
	mspan *s;
	uintptr_t base = 0;
	block *b = blockat(p, &s, &base);
	if (!s)
		misuse("invalid free", p, NULL, NULL, false);
	if (!b && load(s->state) == SpanSmall && load(*cellof(s, p)) == 0)
		misuse(freed, p, NULL, s, true);
	if (p != (b ? b->p : base))
		misuse(notstart, p, b, s, false);
	if (b && b->freed)
		misuse(freed, p, b, s, false);
	if (b)
		look(b);
	return b;
}

static uintptr_t
slowfree(uintptr_t p, uintptr_t frame)
{
	checkpoint();
	const site *at = siteof(frame, DEPTH);
	lock(&dbg.lock);
	block *b = inuse(p, "invalid free of the inside of an object", "double free");
	if (b) {
		b->ended = at;
		b->ender = goid();
		quarantine(b);
	} else {
		heapend(begin() ? dbg.cache : NULL, spanof(p), p);
	}
	unlock(&dbg.lock);
	return 0;
}

__attribute__((noinline)) void
debugfree(void *p)
{
	systemstack(slowfree, (uintptr_t)p, (uintptr_t)__builtin_frame_address(0));
}

// slowmove puts a copy of the object at p, with n bytes, somewhere else.
static uintptr_t
slowmove(uintptr_t p, uintptr_t n, uintptr_t frame)
{
	checkpoint();
	const site *at = siteof(frame, DEPTH);
	lock(&dbg.lock);
	block *b = inuse(p, "realloc of the inside of an object", "realloc of a free object"), *q = NULL;
	mspan *s = spanof(p);
	request r = {b ? (enum objkind)b->kind : (enum objkind)(s->bin / NCLASS), n, 16, false, frame};
	r.zeroed = r.kind != ManualObjects;
	size_t had = b ? b->n : s->size;
	if ((q = create(&r, at))) {
		memcpy((void *)q->p, (const void *)p, had < n ? had : n);
		if (b) {
			b->ended = at;
			b->ender = goid();
			quarantine(b);
		} else {
			heapend(dbg.cache, s, p);
		}
	}
	unlock(&dbg.lock);
	return q ? q->p : 0;
}

__attribute__((noinline)) void *
debugrealloc(void *p, size_t n)
{
	void *q = (void *)systemstack3(slowmove, (uintptr_t)p, n, (uintptr_t)__builtin_frame_address(0));
	if (!q)
		*thrum_errno_location() = ENOMEM;
	return q;
}

static uintptr_t
slowsize(uintptr_t p, uintptr_t unused)
{
	(void)unused;
	lock(&dbg.lock);
	const block *b = inuse(p, "size of the inside of an object", "use of a free object");
	size_t n = b ? b->n : spanof(p)->size;
	unlock(&dbg.lock);
	return n;
}

size_t
debugsize(const void *p)
{
	return systemstack(slowsize, (uintptr_t)p, 0);
}

typedef struct found {
	uintptr_t p;
	size_t n;
} found;

static uintptr_t
slowfind(uintptr_t p, uintptr_t a)
{
	found *f = (found *)a;
	mspan *s;
	uintptr_t base = 0;
	lock(&dbg.lock);
	const block *b = blockat(p, &s, &base);
	if (b && !b->freed && p >= b->p) {
		// The collector must know a pointer behind the last byte, too.
		size_t n = b->n + (b->kind != ManualObjects || b->n == 0);
		if (p - b->p < n)
			*f = (found){b->p, b->n};
	} else if (!b && s && (load(s->state) == SpanLarge || load(*cellof(s, p)) != 0)) {
		*f = (found){base, s->size};
	}
	unlock(&dbg.lock);
	return 0;
}

void *
debugfind(const void *p, size_t *size)
{
	found f = {0, 0};
	systemstack(slowfind, (uintptr_t)p, (uintptr_t)&f);
	if (f.p && size)
		*size = f.n;
	return (void *)f.p;
}

// ---- everything -------------------------------------------------------------------------

void
debugstats(thrum_memstats *out)
{
	for (const block *b = dbg.first; b; b = b->later) {
		thrum_classstats *cs = &out->classes[binclass(spanof(b->base)->bin)];
		cs->cached++;
		if (cs == &out->classes[0])
			cs->bytes -= b->size;
	}
}

void
debugcheck(void)
{
	lock(&dbg.lock);
	for (uint32_t i = 0; dbg.bucket && i < BUCKETS; i++)
		for (const block *b = dbg.bucket[i]; b; b = b->next)
			look(b);
	unlock(&dbg.lock);
}

static uintptr_t
slowexit(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	debugcheck();
	return 0;
}

static __attribute__((destructor(101))) void
atend(void)
{
	if (load(heapmode) == HeapDebug)
		systemstack(slowexit, 0, 0);
}
