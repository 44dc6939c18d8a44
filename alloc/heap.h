// SPDX-License-Identifier: MIT
//
// heap.h - the heap: zones, arenas and spans. Go's mheap.
//
//	page    8 KB
//	span    pages for objects of one size, or for one large object (mspan)
//	arena   64 MB, at a multiple of that
//	zone    64 GB, at a multiple of that; has a table from its pages to their spans, and the
//	        allocator of its pages (pages.h)
//
// Memory is mapped from the lowest address of a zone upwards, 4 MB at a time, or 1 MB if there is
// not as much. The address of the first zone is random. If another mapping is in the way, the rest
// of that arena is left out. Pages are never unmapped. The scavenger gives free ones back to the
// kernel, and they read as zeros afterwards.
//
// spanof finds the span of any 64-bit value by two loads: one from the table of zones, one from
// that of the zone's pages. The latter takes 64 MB of address space, and memory only where pages
// are in use. If address space is limited, the zone and its table are no larger than the limit; if
// there is no room for the table, they are of 1 GB. All tables lie outside of the heap, between
// guard pages, and nothing of the heap's own lies in a page of objects.
//
// A span of small objects has a home, which lists it: the mcache of a p or a thread that owns it,
// or the central lists of its bin, if it has no owner. Everything in a span that changes, but for
// its owner, is protected by the lock of its home:
//
//	free     one bit per object: set if it is free and in the span
//	nfree    the number of bits that are set
//
// A span also has a cell of 16 bits per object: 0 if it is not in use, or the index of its type
// (core/base/typetable.h), THRUM_UNTYPED if it has none. The bit THRUM_SAMPLED is set as well if
// the object is a sample (profile.h). The user of an object, or the cache whose magazine has it,
// may change its cell. An object whose bit and cell are 0 is in a magazine. So a free of an object
// that is not in use is seen at once, and neither malloc nor free touches the object itself. If two
// threads free it at the same moment, it is in two magazines. The second one that gives it out, or
// back to the span, sees that.
//
// The owner changes under the locks of both homes. A thread that wants the lock of a span's home
// loads the owner, takes its lock, and looks whether it still is the owner (lockhome). Records of
// spans and caches stay records of the same kind for ever, so a stale pointer to one may be read.
//
// Locks: caches.lock, mcache.lock, then central.lock, then heap.lock. They are taken on the system
// stack.

#ifndef THRUM_ALLOC_HEAP_H
#define THRUM_ALLOC_HEAP_H

#include <stdatomic.h>
#include <stdbool.h>

#include "alloc/pages.h"
#include "alloc/sizeclass.h"
#include "core/base/fixalloc.h"
#include "core/base/lock.h"
#include "core/sched/types.h"
#include "thrum/abi.h"

typedef struct mcache mcache;

#define ARENASHIFT 26
#define ZONESHIFT (ZONEPAGESHIFT + HEAPPAGESHIFT)
#define ADDRESSBITS 47 // of a program's addresses
#define NZONE (1u << (ADDRESSBITS - ZONESHIFT))
#define ARENAPAGES (1u << (ARENASHIFT - HEAPPAGESHIFT))

// The uses of the objects of a span. A bin is one kind of one class.
enum objkind {
	ManualObjects, // of malloc: the collector neither sweeps nor scans them
	ScanObjects,   // collected
	NoscanObjects, // collected, and they have no pointers
	NOBJKIND,
};
#define BIN(kind, class) ((kind) * NCLASS + (class))
#define TINYBIN (NOBJKIND * NCLASS) // blocks of 16 bytes that several pointer-free objects share
#define NBIN (TINYBIN + 1)
#define TINYBLOCK 16

#define MONITORED (16u << 20) // bytes from which on the monitor looks after the heap

static inline uint32_t
binclass(uint32_t bin)
{
	return bin == TINYBIN ? 2 : bin % NCLASS;
}

enum spanstate { SpanDead, SpanSmall, SpanLarge };

typedef _Atomic uint16_t cell;

typedef struct mspan mspan;
struct mspan {
	// Constant while in use:
	uintptr_t base;
	uint32_t magic;        // see classmagic; 0: there is one object
	uint32_t starts;       // magic, or 0 if thrum_free must take its slow way
	uint16_t magazine;     // offset of the bin's magazine in an mcache
	uint16_t bin;          // class 0: a large object
	uint16_t nelems;
	_Atomic uint8_t state; // enum spanstate
	// The home's lock:
	uint8_t hint;          // words of free bits below it have no bit set
	uint16_t nfree;

	uint32_t npages;       // constant
	mcache *_Atomic owner; // NULL: in the central lists, or large
	size_t size;           // constant; bytes of an object
	mspan *next, *prev;    // of the home's list; next is also the fixalloc's
	cell cells[];          // of each object; behind them, aligned to 8 bytes, the free bits
};
static_assert(sizeof(mspan) == 64, "the first line is what a free reads");

#define NRECORD 7 // sizes of records: for up to 16, 32 ... 1024 objects

// freebits returns the free bits of s.
static inline uint64_t *
freebits(mspan *s)
{
	return (uint64_t *)(s->cells + ((s->nelems + 3u) & ~3u));
}

typedef struct spanlist {
	mspan *first;
} spanlist;

typedef struct zone {
	mspan *_Atomic *span; // of each page, NULL if it is in none
	uintptr_t base;
	uint32_t npages;      // of span
	// heap.lock:
	uint32_t mapped; // pages from the zone's start that were mapped or left out
	struct zone *next;
	pages pages;
} zone;

typedef struct heapt {
	// Of the first zone, for the assembly:
	uint64_t page0;       // number of its first page; before there is a zone, npages is 0
	uint64_t npages;
	mspan *_Atomic *span;

	zone *_Atomic zone[NZONE];
	_Alignas(CACHELINE) mutex lock;
	// lock:
	zone *zones;        // the newest first
	uint64_t seed;
	_Atomic size_t grown;   // bytes that were mapped for pages
	_Atomic bool monitored; // the monitor was started for it (find.c)
	_Atomic bool scavenging; // a thread is in heapscavenge
	fixalloc spans[NRECORD];
} heapt;

extern heapt heap;

typedef struct cachest {
	mutex lock;
	bool ready;      // heapinit has run
	mcache *all;     // every one, never unlinked
	mcache *unused;  // those without a user
	bool lossy;      // fork has lost free objects: they are in no place
} cachest;

extern cachest caches;

// The central lists of a bin: spans that no cache owns.
typedef struct central {
	_Alignas(CACHELINE) mutex lock;
	spanlist partial, full; // lock: with free objects, and without
} central;

extern central centrals[NBIN];

// spanof returns the span that any value points into; NULL if it is no address of the heap. Only a
// thread that has an object of the span can rely on the result.
static inline mspan *
spanof(uintptr_t a)
{
	uint64_t npages = __atomic_load_n(&heap.npages, __ATOMIC_ACQUIRE); // before page0: see zonenew
	uint64_t n = (a >> HEAPPAGESHIFT) - heap.page0;
	if (__builtin_expect(n < npages, 1))
		return loadacq(heap.span[n]);
	if (a >> ADDRESSBITS)
		return NULL;
	zone *z = loadacq(heap.zone[a >> ZONESHIFT]);
	uint32_t page = (uint32_t)(a >> HEAPPAGESHIFT) % ZONEPAGES;
	return z && page < z->npages ? loadacq(z->span[page]) : NULL;
}

// objectat returns the number of the object of s that contains p, or a larger one than there is.
static inline uint32_t
objectat(const mspan *s, uintptr_t p)
{
	return (uint32_t)((uint64_t)(p - s->base) * s->magic >> 32);
}

// cellof returns the cell of the object of s that contains p.
static inline cell *
cellof(mspan *s, uintptr_t p)
{
	return &s->cells[objectat(s, p)];
}

// isstart tells whether p is the first byte of an object of s that can be freed.
static inline bool
isstart(const mspan *s, uintptr_t p)
{
	return (uint32_t)(p - s->base) * s->magic < s->starts;
}

// heapinit makes the heap ready. Locks: caches.lock; once.
void heapinit(void);
// heapmeta maps memory for the heap's own tables, between guard pages. Returns: NULL without
// memory.
void *heapmeta(size_t size);

// spannew returns a span for a bin, with all objects free, of pages that c keeps if it has some.
// Locks: those of c. Stack: the system stack. Returns: NULL without memory.
mspan *spannew(mcache *c, uint32_t bin);
// spanend gives the pages of a small span back. It is in no list. Locks: its home's. Stack: the
// system stack.
void spanend(mcache *c, mspan *s);
// largenew returns a span for one object of n bytes, aligned to align, a power of two. *zero tells
// whether its bytes are 0. c may be NULL. Stack: the system stack. Returns: NULL without memory.
mspan *largenew(mcache *c, enum objkind kind, size_t n, size_t align, bool *zero);
// largeend ends the large object at p, the start of s. c may be NULL. Returns: false if it has
// ended already.
bool largeend(mcache *c, mspan *s, uintptr_t p);
// heapflush gives back the pages and the records of spans that c keeps. Locks: those of c.
void heapflush(mcache *c);

// heaptrim gives all free pages to the kernel. Returns: the bytes. Stack: the system stack.
size_t heaptrim(void);
// heapscavenge gives some of the pages back that were free for long. The monitor calls it. Returns:
// when it is to be called again, ns.
uint64_t heapscavenge(uint64_t now);
// heaptend does so in a process without a monitor, if it is time. Any thread may call it, with no
// locks. Stack: the system stack. Returns: whether there is much to give back, now or soon.
bool heaptend(void);
// heapidle returns for how long the monitor may sleep while nothing runs, ns; UINT64_MAX if there
// is nothing to give back.
uint64_t heapidle(void);

// ---- lists of spans ----

static inline void
spanpush(spanlist *l, mspan *s)
{
	s->prev = NULL;
	s->next = l->first;
	if (l->first)
		l->first->prev = s;
	l->first = s;
}

static inline void
spanremove(spanlist *l, mspan *s)
{
	if (s->prev)
		s->prev->next = s->next;
	else
		l->first = s->next;
	if (s->next)
		s->next->prev = s->prev;
}

#endif
