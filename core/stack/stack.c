// SPDX-License-Identifier: MIT
//
// stack.c - the stack pool.
//
// Small stacks (2 to 16 KB) and the blocks of frozen stacks are cut from spans of 64 KB. The spans
// are cut from arenas of 64 MB, which ask for huge pages. An arena is aligned to its size, and its
// first span holds the records of all others. So the span of any block is found by masking the
// block's address. Where address space is scarce there are small arenas of 1 MB. For each 64 MB of
// addresses a bit tells whether a large arena lies there.
//
// Blocks of a stack class lie size + 64 bytes apart. Without the 64, the tops of all stacks would
// fall into two of the 64 sets of the L1 cache.
//
// A span hands out fresh blocks in address order before it reuses freed ones, so untouched pages
// stay untouched. The link of a freed stack is its topmost word, whose cache line is the first that
// the next owner writes.
//
// If all blocks of a span are free, the span goes to the list of free spans with its pages;
// stacktrim gives those pages back. Larger stacks are mapped one by one and kept in a list per
// size, LARGEKEEP bytes in all.
//
// The pool is no fixalloc, because its blocks have 25 sizes, and a span without blocks in use
// becomes memory for any of them again.
//
// Rejected: one mapping per stack, because a process may have only 65,530. Rejected: a stride of a
// whole page more, because of the memory.

#include "core/stack/stack.h"

#include "arch/arch.h"
#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/base/valgrind.h"
#include "core/sched/proc.h"

#define ARENA (64u << 20)
#define SMALLARENA (1u << 20)
#define ADDRESSES ((uintptr_t)1 << 47)
#define SPAN 65536u
#define NSPAN (ARENA / SPAN)
#define LARGEKEEP (64u << 20)
#define MINSHIFT 11
#define SMALLSHIFT 14 // the largest stack cut from a span: 16 KB
#define MAXSHIFT 47

typedef struct span {
	struct span *next, **prev; // list of the class's spans with room, or of free spans
	char *base;
	void *free;                // freed blocks
	uint16_t class;
	uint16_t nalloc;           // blocks in use
	uint16_t fresh;            // blocks from this index on were never handed out
	bool dirty;                // has pages
} span;

typedef struct arena {
	struct arena *next;
	uint32_t nspan; // spans in it, including the first (this one)
	uint32_t nused; // ... that were ever used
	span spans[NSPAN];
} arena;

static_assert(sizeof(arena) <= SPAN, "an arena's records fit its first span");

// Strides in bytes: stack classes first.
static const uint16_t stride[] = {2048 + 64, 4096 + 64, 8192 + 64, 16384 + 64, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256,
	320, 384, 448, 512, 640, 768, 896, 1024, 1280, 1536, 1792};
#define NCLASS (int)(sizeof stride / sizeof *stride)

static mutex poollock = MUTEX(RankStack);

// poollock:
static struct {
	arena *arenas;
	span *partial[NCLASS];
	span *freespans;
	char *large[MAXSHIFT + 1]; // linked by the topmost word
	size_t largekept;
	int64_t inuse; // bytes, without the counts of the ps
} pool;

static void
push(span **list, span *s)
{
	s->next = *list;
	s->prev = list;
	if (s->next)
		s->next->prev = &s->next;
	*list = s;
}

static void
unlink(span *s)
{
	*s->prev = s->next;
	if (s->next)
		s->next->prev = s->prev;
	s->prev = NULL;
}

static uint8_t large[ADDRESSES / ARENA / 8]; // one bit per whole arena; poollock

static span *
spanof(const void *p)
{
	uintptr_t n = (uintptr_t)p / ARENA;
	uintptr_t size = large[n / 8] >> n % 8 & 1 ? ARENA : SMALLARENA;
	arena *a = (arena *)((uintptr_t)p & -size);
	return &a->spans[((uintptr_t)p & (size - 1)) / SPAN];
}

static arena *
newarena(void)
{
	size_t size = ARENA;
	arena *a = ARENA <= osspace() / 16 ? osmap(ARENA, ARENA, UseStacks) : NULL;
	if (a) {
		uintptr_t n = (uintptr_t)a / ARENA;
		large[n / 8] |= (uint8_t)(1u << n % 8);
		oshuge((char *)a, ARENA, true);
	} else {
		size = SMALLARENA;
		if (!(a = osmap(SMALLARENA, SMALLARENA, UseStacks)))
			return NULL;
	}
	a->next = pool.arenas;
	a->nspan = (uint32_t)(size / SPAN);
	a->nused = 1;
	pool.arenas = a;
	return a;
}

static span *
newspan(int class)
{
	span *s = pool.freespans;
	if (s) {
		unlink(s);
	} else {
		arena *a = pool.arenas;
		if ((!a || a->nused == a->nspan) && !(a = newarena()))
			return NULL;
		s = &a->spans[a->nused];
		s->base = (char *)a + (size_t)a->nused * SPAN;
		a->nused++;
	}
	s->class = (uint16_t)class;
	s->free = NULL;
	s->nalloc = s->fresh = 0;
	push(&pool.partial[class], s);
	return s;
}

// The link of a free block is its last word.
static void **
linkof(void *p, int class)
{
	size_t n = class < NSTACKCLASS ? (size_t)THRUM_STACK_MIN << class : stride[class];
	return (void **)((char *)p + n) - 1;
}

static void *
alloc(int class)
{
	span *s = pool.partial[class];
	if (!s && !(s = newspan(class)))
		return NULL;
	void *p = s->free;
	if (p)
		s->free = *linkof(p, class);
	else
		p = s->base + (size_t)stride[class] * s->fresh++;
	s->nalloc++;
	s->dirty = true;
	if (!s->free && (s->fresh + 1u) * stride[class] > SPAN)
		unlink(s);
	return p;
}

static void
dealloc(void *p, int class)
{
	span *s = spanof(p);
	if (s->class != class || s->nalloc == 0)
		throw("stack pool: a block was returned to the wrong size class");
	*linkof(p, class) = s->free;
	s->free = p;
	if (!s->prev)
		push(&pool.partial[class], s);
	if (--s->nalloc == 0 && s->next) { // keep one span of the class
		unlink(s);
		push(&pool.freespans, s);
	}
}

static int
shiftof(size_t size)
{
	int k = __builtin_ctzl(size);
	if (size != (size_t)1 << k || k < MINSHIFT || k > MAXSHIFT)
		throw("stack size is not a power of two");
	return k;
}

// ---- the cache of a p: some stacks of each small class, so that most calls need no lock ----

#define CACHEBYTES 32768 // of one class

static void
count(p *pp, int64_t bytes)
{
	if (pp)
		bump(pp->stackinuse, bytes);
	else
		pool.inuse += bytes; // poollock
}

static char *
cached(p *pp, int class)
{
	size_t size = (size_t)THRUM_STACK_MIN << class;
	if (!pp->stackcache[class].list) {
		lock(&poollock);
		for (uint32_t n = 0; n < CACHEBYTES / size / 2; n++) {
			char *lo = alloc(class);
			if (!lo)
				break;
			*linkof(lo, class) = pp->stackcache[class].list;
			pp->stackcache[class].list = lo;
			pp->stackcache[class].n++;
		}
		unlock(&poollock);
	}
	char *lo = pp->stackcache[class].list;
	if (lo) {
		pp->stackcache[class].list = *linkof(lo, class);
		pp->stackcache[class].n--;
	}
	return lo;
}

// flushto gives back cached stacks until keep are left. Locks: holds poollock.
static void
flushto(p *pp, int class, uint32_t keep)
{
	while (pp->stackcache[class].n > keep) {
		char *lo = pp->stackcache[class].list;
		pp->stackcache[class].list = *linkof(lo, class);
		pp->stackcache[class].n--;
		dealloc(lo, class);
	}
}

static void
cache(p *pp, char *lo, int class)
{
	*linkof(lo, class) = pp->stackcache[class].list;
	pp->stackcache[class].list = lo;
	if (++pp->stackcache[class].n > CACHEBYTES / ((size_t)THRUM_STACK_MIN << class)) {
		lock(&poollock);
		flushto(pp, class, pp->stackcache[class].n / 2);
		unlock(&poollock);
	}
}

void
stackflush(p *pp)
{
	lock(&poollock);
	for (int class = 0; class < NSTACKCLASS; class++)
		flushto(pp, class, 0);
	unlock(&poollock);
}

void
stackforget(p *pp)
{
	for (int class = 0; class < NSTACKCLASS; class++) {
		pp->stackcache[class].list = NULL;
		pp->stackcache[class].n = 0;
	}
}

void
stacklock(void)
{
	lock(&poollock);
}

void
stackunlock(void)
{
	unlock(&poollock);
}

// ---- stacks ----

static char *
stackget(size_t size)
{
	int k = shiftof(size);
	p *pp = getp();
	char *lo;
	if (pp && k <= SMALLSHIFT) {
		if ((lo = cached(pp, k - MINSHIFT)))
			count(pp, (int64_t)size);
		return lo;
	}
	lock(&poollock);
	if (k <= SMALLSHIFT) {
		lo = alloc(k - MINSHIFT);
	} else if ((lo = pool.large[k])) {
		pool.large[k] = ((char **)(lo + size))[-1];
		pool.largekept -= size;
	} else {
		lo = osmap(size, PAGE, UseStacks);
	}
	if (lo)
		count(pp, (int64_t)size);
	unlock(&poollock);
	return lo;
}

char *
stackalloc(size_t size)
{
	char *lo = stackget(size);
	if (valgrind && lo)
		vgstack(lo, size);
	return lo;
}

void
stackfree(char *lo, size_t size)
{
	int k = shiftof(size);
	p *pp = getp();
	if (debug.stackpoison || debug.stackmove)
		fillbytes(lo, 0xdb, size);
	if (inhome(lo))
		return;
	if (valgrind)
		vgstackend(lo);
	if (pp && k <= SMALLSHIFT) {
		count(pp, -(int64_t)size);
		cache(pp, lo, k - MINSHIFT);
		return;
	}
	bool unmap = false;
	lock(&poollock);
	count(pp, -(int64_t)size);
	if (k <= SMALLSHIFT) {
		dealloc(lo, k - MINSHIFT);
	} else if (pool.largekept + size <= LARGEKEEP) {
		((char **)(lo + size))[-1] = pool.large[k];
		pool.large[k] = lo;
		pool.largekept += size;
	} else {
		unmap = true;
	}
	unlock(&poollock);
	if (unmap)
		osunmap(lo, size, UseStacks);
}

static int
blockclass(size_t size)
{
	for (int c = NSTACKCLASS; c < NCLASS; c++)
		if (size <= stride[c])
			return c;
	return -1;
}

static size_t
blocksize(size_t size)
{
	size_t n = THRUM_STACK_MIN;
	while (n < size)
		n *= 2;
	return n;
}

char *
blockalloc(size_t size)
{
	int c = blockclass(size);
	if (c < 0)
		return stackalloc(blocksize(size));
	lock(&poollock);
	char *p = alloc(c);
	unlock(&poollock);
	return p;
}

void
blockfree(char *p, size_t size)
{
	int c = blockclass(size);
	if (c < 0) {
		stackfree(p, blocksize(size));
		return;
	}
	lock(&poollock);
	dealloc(p, c);
	unlock(&poollock);
}

#define GUARDSIZE (64u << 10)

char *
stackfixed(size_t size)
{
	char *p = osmap(GUARDSIZE + size, PAGE, UseStacks);
	if (!p)
		return NULL;
	if (osguard(p, GUARDSIZE) != 0) {
		osunmap(p, GUARDSIZE + size, UseStacks);
		return NULL;
	}
	lock(&poollock);
	pool.inuse += (int64_t)size;
	unlock(&poollock);
	if (valgrind)
		vgstack(p + GUARDSIZE, size);
	return p + GUARDSIZE;
}

void
stackfixedfree(char *lo, size_t size)
{
	if (valgrind)
		vgstackend(lo);
	osunmap(lo - GUARDSIZE, GUARDSIZE + size, UseStacks);
	lock(&poollock);
	pool.inuse -= (int64_t)size;
	unlock(&poollock);
}

size_t
stacktrim(void)
{
	size_t n = 0;
	lock(&poollock);
	// Neighbouring spans go back in one call, so a huge page is split at most twice.
	for (arena *a = pool.arenas; a; a = a->next)
		for (uint32_t i = 1, j; i < a->nused; i = j + 1) {
			for (j = i; j < a->nused && a->spans[j].nalloc == 0 && a->spans[j].dirty && a->spans[j].prev; j++) {
				span *s = &a->spans[j];
				s->dirty = false;
				s->free = NULL;
				s->fresh = 0;
			}
			if (j > i) {
				n += ostrim(a->spans[i].base, (size_t)(j - i) * SPAN);
			}
		}
	for (int k = SMALLSHIFT + 1; k <= MAXSHIFT; k++)
		while (pool.large[k]) {
			char *lo = pool.large[k];
			size_t size = (size_t)1 << k;
			pool.large[k] = ((char **)(lo + size))[-1];
			n += ostrim(lo, size);
			osunmap(lo, size, UseStacks);
			pool.largekept -= size;
		}
	unlock(&poollock);
	return n;
}

void
stackstats(thrum_stats *out)
{
	lock(&poollock);
	int64_t n = pool.inuse;
	unlock(&poollock);
	for (uint32_t i = 0; i < MAXPROCS && allp[i]; i++)
		n += load(allp[i]->stackinuse);
	out->stack_bytes = n > 0 ? (size_t)n : 0;
	out->stack_mapped = osmapped(UseStacks);
}
