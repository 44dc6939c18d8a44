// SPDX-License-Identifier: MIT
//
// malloc.c - the calls of thrum/alloc.h.
//
// The fast ways of thrum_malloc, thrum_free and thrum_newobject are in malloc.asm. Everything that
// takes a lock runs on the system stack: the functions slow...

#include "alloc/mcache.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>

#include "alloc/debug.h"
#include "alloc/profile.h"
#include "arch/called.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/base/typetable.h"
#include "core/sched/proc.h"

// Code that the assembly jumps to belongs to the call: a goroutine may give way at its stack check.
#define CALL __attribute__((section("thrum_call")))

// ---- errors -----------------------------------------------------------------------------

static uintptr_t
report(uintptr_t what, uintptr_t p)
{
	static char text[200];
	const mspan *s = spanof(p);
	size_t n;
	if (s && load(s->state) != SpanDead)
		n = printto(text, sizeof text - 1, "%s: %p, in a span of objects of %lu bytes from %p on", (const char *)what,
			(void *)p, (unsigned long)s->size, (void *)s->base);
	else
		n = printto(text, sizeof text - 1, "%s: %p, which is no memory of thrum's heap", (const char *)what, (void *)p);
	text[n] = 0;
	fatal(text);
}

_Noreturn void
heapfatal(const char *what, const void *p, mutex *held)
{
	if (held)
		unlock(held);
	systemstack(report, (uintptr_t)what, (uintptr_t)p);
	__builtin_unreachable();
}

static _Noreturn void
nomemory(void)
{
	fatal("out of memory: the heap cannot grow (see ulimit -v, memory cgroups, vm.overcommit_memory)");
}

// ---- the cache of a thread --------------------------------------------------------------

static pthread_key_t cachekey;
static _Atomic bool keyed;
static _Thread_local int ends; // calls of threadends

// The destructors of other keys use the cache too, so it lives for half of their rounds.
#define ROUNDS (PTHREAD_DESTRUCTOR_ITERATIONS / 2)

static bool
ended(void)
{
	return ends == ROUNDS;
}

// endcache ends the cache of a thread.
static void
endcache(mcache *c)
{
	threadcache = thrum_cache = &nocache;
	mcacheend(c);
}

static void
threadends(void *c)
{
	if (++ends < ROUNDS && pthread_setspecific(cachekey, c) == 0)
		return;
	ends = ROUNDS;
	endcache(c);
}

// leaveslow is the end of a slow way. A thread that has ended keeps no cache, because nothing would
// end it.
static void
leaveslow(void)
{
	if (ended() && threadcache != &nocache)
		endcache(threadcache);
}

// cachehere returns the cache of the calling code, and makes one for its p or its thread at the
// first call. A thread that has ended gets one only if that is needed, until leaveslow. Returns:
// NULL without memory or need. Stack: the system stack.
static mcache *
cachehere(bool needed)
{
	p *pp = getp();
	mcache *c = getmcache();
	untiltick -= SLOWTICK;
	if (untiltick < 0)
		heaptick();
	if (c != &nocache)
		return profiled(c);
	if ((ended() && !needed) || !(c = mcachenew(pp)))
		return NULL;
	profiled(c);
	if (pp) {
		pp->mcache = c;
		return thrum_cache = c;
	}
	threadcache = c;
	if (thrum_cache == &nocache)
		thrum_cache = c;
	if (ended())
		return c;
	if (!load(keyed) && pthread_key_create(&cachekey, threadends) == 0)
		store(keyed, true);
	if (load(keyed))
		pthread_setspecific(cachekey, c);
	return c;
}

// ---- allocation -------------------------------------------------------------------------

static inline void *
popslot(magazine *mag, uint32_t type)
{
	slot *o = --mag->top;
	if (__builtin_expect(load(*o->cell), 0))
		heapfatal(TWICE, o->object, NULL);
	store(*o->cell, (uint16_t)type);
	return o->object;
}

// small returns an object of a bin; NULL without memory. frame is that of a function of this file,
// which the program has called. Stack: the system stack.
static uintptr_t
small(mcache *c, uint32_t bin, uintptr_t frame)
{
	if (!c)
		return 0;
	magazine *mag = &c->mag[bin];
	if (mag->top == mag->bottom && !magfill(c, bin))
		return 0;
	cell *cell = mag->top[-1].cell;
	uintptr_t p = (uintptr_t)popslot(mag, THRUM_UNTYPED);
	size_t size = classsize[binclass(bin)];
	if (sampledue(c, size))
		sample(c, p, size, cell, frame);
	return p;
}

static uintptr_t
slowsmall(uintptr_t bin, uintptr_t frame)
{
	checkpoint();
	uintptr_t p = small(cachehere(true), (uint32_t)bin, frame);
	leaveslow();
	return p;
}

// pop returns an object out of the caller's magazine; NULL if that is empty, or hidden.
static inline void *
pop(uint32_t bin, uint32_t type)
{
	magazine *mag = &getmcache()->bin[bin];
	return __builtin_expect(mag->top != mag->bottom, 1) ? popslot(mag, type) : NULL;
}

// poplate is pop out of a hidden magazine; NULL also if the object will be a sample.
static __attribute__((noinline)) void *
poplate(uint32_t bin)
{
	mcache *c = getmcache();
	magazine *mag = &c->mag[bin];
	int64_t size = classsize[binclass(bin)];
	if (!c->hiding || mag->top == mag->bottom || c->untilsample < size)
		return NULL;
	c->untilsample -= size;
	return popslot(mag, THRUM_UNTYPED);
}

// slowlarge returns a large object, with 1 added to its address if it is not all zeros. how is its
// kind and, from the eighth bit on, the exponent of its alignment.
static uintptr_t
slowlarge(uintptr_t how, uintptr_t n, uintptr_t frame)
{
	static _Thread_local bool zero;
	checkpoint();
	mcache *c = cachehere(false);
	mspan *s = largenew(c, (enum objkind)(how & 0xff), n, (size_t)1 << (how >> 8), &zero);
	if (!s)
		return 0;
	if (c && sampledue(c, s->size))
		sample(c, s->base, s->size, &s->cells[0], frame);
	return s->base + !zero;
}

static __attribute__((noinline)) void *
large(enum objkind kind, size_t n, size_t align, bool zeroed)
{
	uintptr_t how = kind | (uintptr_t)__builtin_ctzll(align) << 8;
	uintptr_t p = systemstack3(slowlarge, how, n, (uintptr_t)__builtin_frame_address(0));
	if (!p)
		*thrum_errno_location() = ENOMEM;
	if ((p & 1) && zeroed)
		memset((void *)(p - 1), 0, n);
	return (void *)(p & ~(uintptr_t)1);
}

// ---- without a monitor ------------------------------------------------------------------

#define TICK 1024   // calls of malloc between two looks at the heap
#define TICKSOON 32 // ... if there is much to give back

void
heaptick(void)
{
	untiltick = TICK;
	if (heaptend())
		untiltick = TICKSOON;
}

static uintptr_t
slowtick(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	heaptick();
	return 0;
}

// The rest of thrum_foreign_malloc, once in a while.
CALL void *
foreign_tick(size_t n)
{
	systemstack(slowtick, 0, 0);
	return malloc_slow(n);
}

// ---- allocation, slowly -----------------------------------------------------------------

// alignedclass returns the smallest class for n bytes whose objects are all aligned; 0 if there is
// none.
static uint32_t
alignedclass(size_t n, size_t align)
{
	if (align > HEAPPAGE || n > MAXSMALL)
		return 0;
	uint32_t c = sizeclass(n > align ? n : align);
	while (c < NCLASS && classsize[c] % align != 0)
		c++;
	return c < NCLASS ? c : 0;
}

// classfor returns the class for an object; 0: it is a large one.
static inline uint32_t
classfor(enum objkind kind, size_t n, size_t align)
{
	if (align > 8 || n > MAXSMALL)
		return alignedclass(n, align);
	return kind == ManualObjects ? mallocclass(n) : sizeclass(n);
}

// Collected objects have one byte more than asked for, to which a pointer behind the last one
// points.
enum { Exactly, OneMore };

static size_t
withmore(size_t n, int more)
{
	return n == SIZE_MAX ? n : n + (size_t)more;
}

// rest returns an object that is in no magazine of the caller; NULL without memory.
static __attribute__((noinline)) void *
rest(enum objkind kind, size_t n, int more, size_t align, bool zeroed)
{
	if (heapdebugged())
		return debugnew(kind, n, align, zeroed);
	n = withmore(n, more);
	uint32_t class = classfor(kind, n, align);
	if (!class)
		return large(kind, n, align, zeroed);
	void *p = pop(BIN(kind, class), THRUM_UNTYPED); // in a foreign call there may be one
	if (!p && load(heapmode) == HeapProfiled)
		p = poplate(BIN(kind, class));
	if (!p && !(p = (void *)systemstack(slowsmall, BIN(kind, class), (uintptr_t)__builtin_frame_address(0))))
		*thrum_errno_location() = ENOMEM;
	return p && zeroed ? memset(p, 0, classsize[class]) : p;
}

// The rest of thrum_malloc.
CALL void *
malloc_slow(size_t n)
{
	if (n > MAXSMALL && load(heapmode) == HeapFast)
		return large(ManualObjects, n, 1, false);
	return rest(ManualObjects, n, Exactly, 8, false);
}

API void *
thrum_calloc(size_t n, size_t size)
{
	if (__builtin_mul_overflow(n, size, &n)) {
		*thrum_errno_location() = ENOMEM;
		return NULL;
	}
	void *p = n <= MAXSMALL ? pop(BIN(ManualObjects, mallocclass(n)), THRUM_UNTYPED) : NULL;
	return p ? memset(p, 0, n) : rest(ManualObjects, n, Exactly, 8, true);
}

// settype gives the object in use at p a type, and returns p.
static void *
settype(void *p, uint32_t type)
{
	cell *cell = cellof(spanof((uintptr_t)p), (uintptr_t)p);
	store(*cell, (uint16_t)((load(*cell) & THRUM_SAMPLED) | type));
	return p;
}

static uint32_t
typeindex(const mspan *s, uintptr_t p)
{
	return load(s->cells[objectat(s, p)]) & (THRUM_SAMPLED - 1u);
}

// allocate returns a zeroed object that the collector will own.
static inline void *
allocate(enum objkind kind, size_t n, int more, size_t align, uint32_t type)
{
	uint32_t class = classfor(kind, withmore(n, more), align);
	void *p = class ? pop(BIN(kind, class), type) : NULL;
	if (p)
		return memset(p, 0, classsize[class]);
	if (!(p = rest(kind, n, more, align, true)))
		nomemory();
	return settype(p, type);
}

API void *
thrum_aligned_alloc(size_t align, size_t n)
{
	if (align == 0 || (align & (align - 1)) || align > (size_t)1 << ZONESHIFT) {
		*thrum_errno_location() = EINVAL;
		return NULL;
	}
	if (align <= 8)
		return thrum_malloc(n);
	uint32_t class = alignedclass(n, align);
	void *p = class ? pop(BIN(ManualObjects, class), THRUM_UNTYPED) : NULL;
	return p ? p : rest(ManualObjects, n, Exactly, align, false);
}

static inline enum objkind
kindof(const thrum_typeref *r)
{
	return r && r->bins == THRUM_NOSCANBINS ? NoscanObjects : ScanObjects;
}

static inline uint32_t
indexof(const thrum_typeref *r)
{
	return r ? r->index : THRUM_UNTYPED;
}

// The rest of thrum_newobject.
CALL void *
newobject_slow(size_t size, size_t align, const thrum_typeref *type)
{
	return allocate(kindof(type), size, Exactly, align, indexof(type));
}

API void *
thrum_newarray(size_t n, size_t size, size_t align, const thrum_typeref *type)
{
	if (__builtin_mul_overflow(n, size, &n))
		nomemory();
	return allocate(kindof(type), n, OneMore, align, indexof(type));
}

API void *
thrum_alloc(size_t n)
{
	return allocate(ScanObjects, n, OneMore, n > 8 ? 16 : 8, THRUM_UNTYPED);
}

// tiny returns n bytes, and one more, of a block that small objects share, n < TINYBLOCK. Returns:
// NULL if the cache has no block with room.
static inline void *
tiny(mcache *c, size_t n)
{
	size_t align = n & 7 ? n & 3 ? n & 1 ? 1 : 2 : 4 : 8;
	uintptr_t p = (c->tiny + align - 1) & -align;
	if (c->tiny == 0 || p + n + 1 > c->tinyend)
		return NULL;
	c->tiny = p + n + 1;
	return (void *)p;
}

static uintptr_t
slowtiny(uintptr_t n, uintptr_t frame)
{
	checkpoint();
	mcache *c = cachehere(true);
	uintptr_t p = small(c, TINYBIN, frame);
	if (p) {
		memset((void *)p, 0, TINYBLOCK);
		c->tiny = p;
		c->tinyend = p + TINYBLOCK;
		p = (uintptr_t)tiny(c, n);
	}
	leaveslow();
	return p;
}

API void *
thrum_alloc_noscan(size_t n)
{
	if (n >= TINYBLOCK)
		return allocate(NoscanObjects, n, OneMore, 16, THRUM_UNTYPED);
	void *p = tiny(getmcache(), n);
	if (p)
		return p;
	p = heapdebugged() ? debugnew(NoscanObjects, n, 16, true)
			   : (void *)systemstack(slowtiny, n, (uintptr_t)__builtin_frame_address(0));
	if (!p)
		nomemory();
	return p;
}

// ---- free -------------------------------------------------------------------------------

// freeable returns the span of p, which must be the start of an object that may be freed.
static mspan *
freeable(uintptr_t p)
{
	mspan *s = spanof(p);
	if (!s || load(s->state) == SpanDead)
		heapfatal("invalid free", (void *)p, NULL);
	if (load(s->state) == SpanLarge ? p != s->base : s->bin != TINYBIN && !isstart(s, p))
		heapfatal("invalid free of the inside of an object", (void *)p, NULL);
	return s;
}

static void
freeslowly(uintptr_t p)
{
	checkpoint();
	mspan *s = freeable(p);
	if (load(s->state) == SpanLarge) {
		if (load(s->cells[0]) & THRUM_SAMPLED) {
			sampleend(p, &s->cells[0]);
			store(s->cells[0], 0);
		}
		if (!largeend(cachehere(false), s, p))
			heapfatal("double free", (void *)p, NULL);
		return;
	}
	if (s->bin == TINYBIN)
		return;
	cell *cell = cellof(s, p);
	if (load(*cell) == 0)
		heapfatal("double free", (void *)p, NULL);
	if (load(*cell) & THRUM_SAMPLED)
		sampleend(p, cell);
	mcache *c = cachehere(false);
	if (!c) {
		giveone(s, p);
		return;
	}
	store(*cell, 0);
	magazine *mag = &c->mag[s->bin];
	if (mag->top == mag->limit)
		magspill(c, s->bin, (uint32_t)(mag->limit - mag->bottom) / 2);
	*mag->top++ = (slot){(void *)p, cell};
}

// slowfree keeps errno, as POSIX wants it of free.
static uintptr_t
slowfree(uintptr_t p, uintptr_t unused)
{
	int err = errno;
	(void)unused;
	freeslowly(p);
	errno = err;
	return 0;
}

// freelate is the fast way of free to a hidden magazine. Returns: false if the slow way must do it.
static inline bool
freelate(uintptr_t p)
{
	mcache *c = getmcache();
	mspan *s = spanof(p);
	if (!c->hiding || !s || load(s->state) != SpanSmall || !isstart(s, p))
		return false;
	cell *cell = cellof(s, p);
	magazine *mag = &c->mag[s->bin];
	if (load(*cell) == 0 || load(*cell) & THRUM_SAMPLED || mag->top == mag->limit)
		return false;
	store(*cell, 0);
	*mag->top++ = (slot){(void *)p, cell};
	return true;
}

static __attribute__((noinline)) void
freespecial(void *p)
{
	if (heapdebugged())
		debugfree(p);
	else if (!freelate((uintptr_t)p))
		systemstack(slowfree, (uintptr_t)p, 0);
}

// The rest of thrum_free.
CALL void
free_slow(void *p)
{
	if (!p)
		return;
	if (__builtin_expect(load(heapmode) == HeapFast, 1))
		systemstack(slowfree, (uintptr_t)p, 0);
	else
		freespecial(p);
}

// ---- for the debug mode -----------------------------------------------------------------

void *
heapnew(mcache *c, enum objkind kind, size_t n, size_t align, bool *zero)
{
	uint32_t class = classfor(kind, n, align);
	if (!class) {
		const mspan *s = largenew(c, kind, n, align, zero);
		return s ? (void *)s->base : NULL;
	}
	magazine *mag = &c->mag[BIN(kind, class)];
	*zero = false;
	return mag->top != mag->bottom || magfill(c, BIN(kind, class)) ? popslot(mag, THRUM_UNTYPED) : NULL;
}

void
heapend(mcache *c, mspan *s, uintptr_t p)
{
	if (load(s->state) == SpanLarge) {
		largeend(c, s, p);
	} else if (s->bin != TINYBIN) {
		giveone(s, p);
	}
}

// ---- what there is ----------------------------------------------------------------------

// inuse returns the span of the object in use at p.
static const mspan *
inuse(const void *object)
{
	uintptr_t p = (uintptr_t)object;
	mspan *s = freeable(p);
	if (load(s->state) == SpanSmall && s->bin != TINYBIN && load(*cellof(s, p)) == 0)
		heapfatal("use of a free object", object, NULL);
	return s;
}

API size_t
thrum_usable_size(const void *p)
{
	if (p && heapdebugged())
		return debugsize(p);
	const mspan *s = p ? inuse(p) : NULL;
	return s && s->bin != TINYBIN ? s->size : 0;
}

// larger returns memory for n bytes of an object that had fewer. A large one gets a quarter more,
// so a program that adds a little each time does not copy it each time. The part that is never
// touched costs address space only.
static void *
larger(size_t had, size_t n)
{
	void *q = NULL;
	if (had > MAXSMALL && n > had && n - had < had / 4)
		q = thrum_malloc(had + had / 4);
	return q ? q : thrum_malloc(n);
}

API void *
thrum_realloc(void *p, size_t n)
{
	if (!p)
		return thrum_malloc(n);
	if (heapdebugged()) {
		const mspan *s = thrum_findobject(p, NULL) ? spanof((uintptr_t)p) : NULL;
		uint32_t type = s ? typeindex(s, (uintptr_t)p) : THRUM_UNTYPED;
		void *q = debugrealloc(p, n);
		return q ? settype(q, type) : NULL;
	}
	const mspan *s = inuse(p);
	size_t had = s->size;
	void *q;
	if (s->bin == TINYBIN) { // it has some of the block's bytes from p on
		had -= (uintptr_t)p % TINYBLOCK;
		q = thrum_alloc_noscan(n);
	} else if (n <= had && n >= had / 2) {
		return p;
	} else if (s->bin / NCLASS == ManualObjects) {
		q = larger(had, n);
	} else {
		q = allocate((enum objkind)(s->bin / NCLASS), n, OneMore, 16, typeindex(s, (uintptr_t)p));
	}
	if (!q)
		return NULL;
	memcpy(q, p, had < n ? had : n);
	thrum_free(p);
	return q;
}

// find returns the span of the object in use at p, whose number is *i; NULL if there is none.
static mspan *
find(uintptr_t p, uint32_t *i)
{
	mspan *s = spanof(p);
	if (!s || load(s->state) == SpanDead)
		return NULL;
	*i = objectat(s, p);
	return *i < s->nelems && load(s->cells[*i]) != 0 ? s : NULL;
}

API void *
thrum_findobject(const void *p, size_t *size)
{
	uint32_t i;
	const mspan *s = find((uintptr_t)p, &i);
	if (!s)
		return NULL;
	if (load(heapmode) == HeapDebug)
		return debugfind(p, size);
	if (size)
		*size = s->size;
	return (void *)(s->base + i * s->size);
}

API const thrum_type *
thrum_type_of(const void *p)
{
	uint32_t i;
	const mspan *s = find((uintptr_t)p, &i);
	return s && (!heapdebugged() || debugfind(p, NULL)) ? typeat(typeindex(s, (uintptr_t)p)) : NULL;
}
