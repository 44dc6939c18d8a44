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

#include "arch/called.h"
#include "core/base/os.h"
#include "core/base/print.h"
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
		return c;
	if ((ended() && !needed) || !(c = mcachenew(pp)))
		return NULL;
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
popslot(magazine *mag)
{
	slot *o = --mag->top;
	if (__builtin_expect(load(*o->used), 0))
		heapfatal(TWICE, o->object, NULL);
	store(*o->used, 1);
	return o->object;
}

// slowsmall returns an object of a bin; NULL without memory.
static uintptr_t
slowsmall(uintptr_t bin, uintptr_t unused)
{
	(void)unused;
	mcache *c = cachehere(true);
	if (!c)
		return 0;
	magazine *mag = &c->bin[bin];
	uintptr_t p = mag->top != mag->bottom || magfill(c, (uint32_t)bin) ? (uintptr_t)popslot(mag) : 0;
	leaveslow();
	return p;
}

static inline void *
pop(uint32_t bin)
{
	magazine *mag = &getmcache()->bin[bin];
	if (__builtin_expect(mag->top != mag->bottom, 1))
		return popslot(mag);
	void *p = (void *)systemstack(slowsmall, bin, 0);
	if (!p)
		*thrum_errno_location() = ENOMEM;
	return p;
}

// slowlarge returns a large object, with 1 added to its address if it is not all zeros.
static uintptr_t
slowlarge(uintptr_t kind, uintptr_t n, uintptr_t align)
{
	static _Thread_local bool zero;
	mspan *s = largenew(cachehere(false), (enum objkind)kind, n, align, &zero);
	return s ? s->base + !zero : 0;
}

static __attribute__((noinline)) void *
large(enum objkind kind, size_t n, size_t align, bool zeroed)
{
	uintptr_t p = systemstack3(slowlarge, kind, n, align);
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

// The rest of thrum_malloc.
CALL void *
malloc_slow(size_t n)
{
	if (n > MAXSMALL)
		return large(ManualObjects, n, 1, false);
	return pop(BIN(ManualObjects, mallocclass(n)));
}

API void *
thrum_calloc(size_t n, size_t size)
{
	if (__builtin_mul_overflow(n, size, &n)) {
		*thrum_errno_location() = ENOMEM;
		return NULL;
	}
	if (n > MAXSMALL)
		return large(ManualObjects, n, 1, true);
	void *p = pop(BIN(ManualObjects, mallocclass(n)));
	return p ? memset(p, 0, n) : NULL;
}

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

static inline void *
allocate(enum objkind kind, size_t n, size_t align)
{
	uint32_t class = align <= 8 && n <= MAXSMALL ? sizeclass(n) : alignedclass(n, align);
	void *p = class ? pop(BIN(kind, class)) : large(kind, n, align, true);
	if (!p)
		nomemory();
	return class ? memset(p, 0, classsize[class]) : p;
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
	return class ? pop(BIN(ManualObjects, class)) : large(ManualObjects, n, align, false);
}

// The rest of thrum_newobject.
CALL void *
newobject_slow(size_t size, size_t align)
{
	return allocate(ScanObjects, size, align);
}

// onemore is the byte behind an object, to which C lets a pointer point.
static size_t
onemore(size_t n)
{
	return n == SIZE_MAX ? n : n + 1;
}

API void *
thrum_newarray(size_t n, size_t size, size_t align)
{
	if (__builtin_mul_overflow(n, size, &n))
		nomemory();
	return allocate(ScanObjects, onemore(n), align);
}

API void *
thrum_alloc(size_t n)
{
	return allocate(ScanObjects, onemore(n), n > 8 ? 16 : 8);
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
slowtiny(uintptr_t n, uintptr_t unused)
{
	uintptr_t p = slowsmall(TINYBIN, unused);
	if (!p)
		return 0;
	memset((void *)p, 0, TINYBLOCK);
	mcache *c = cachehere(true);
	c->tiny = p;
	c->tinyend = p + TINYBLOCK;
	p = (uintptr_t)tiny(c, n);
	leaveslow();
	return p;
}

API void *
thrum_alloc_noscan(size_t n)
{
	if (n >= TINYBLOCK)
		return allocate(NoscanObjects, onemore(n), 16);
	void *p = tiny(getmcache(), n);
	if (!p && !(p = (void *)systemstack(slowtiny, n, 0)))
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
	mspan *s = freeable(p);
	if (load(s->state) == SpanLarge) {
		if (!largeend(cachehere(false), s, p))
			heapfatal("double free", (void *)p, NULL);
		return;
	}
	if (s->bin == TINYBIN)
		return;
	_Atomic uint8_t *used = &s->used[objectat(s, p)];
	if (load(*used) != 1)
		heapfatal("double free", (void *)p, NULL);
	store(*used, 0);
	mcache *c = cachehere(false);
	if (!c) {
		giveone(s, p);
		return;
	}
	magazine *mag = &c->bin[s->bin];
	if (mag->top == mag->limit)
		magspill(c, s->bin, (uint32_t)(mag->limit - mag->bottom) / 2);
	*mag->top++ = (slot){(void *)p, used};
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

// The rest of thrum_free.
CALL void
free_slow(void *p)
{
	if (p)
		systemstack(slowfree, (uintptr_t)p, 0);
}

// ---- what there is ----------------------------------------------------------------------

// inuse returns the span of the object in use at p.
static const mspan *
inuse(const void *object)
{
	uintptr_t p = (uintptr_t)object;
	const mspan *s = freeable(p);
	if (load(s->state) == SpanSmall && s->bin != TINYBIN && load(s->used[objectat(s, p)]) != 1)
		heapfatal("use of a free object", object, NULL);
	return s;
}

API size_t
thrum_usable_size(const void *p)
{
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
		q = allocate((enum objkind)(s->bin / NCLASS), onemore(n), 16);
	}
	if (!q)
		return NULL;
	memcpy(q, p, had < n ? had : n);
	thrum_free(p);
	return q;
}

API void *
thrum_findobject(const void *p, size_t *size)
{
	uintptr_t a = (uintptr_t)p;
	mspan *s = spanof(a);
	if (!s || load(s->state) == SpanDead)
		return NULL;
	uint32_t i = objectat(s, a);
	if (i >= s->nelems)
		return NULL;
	uintptr_t base = s->base + i * s->size;
	if (load(s->state) == SpanSmall && load(s->used[i]) != 1)
		return NULL;
	if (size)
		*size = s->size;
	return (void *)base;
}
