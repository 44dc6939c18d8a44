// SPDX-License-Identifier: MIT
//
// mcache.h - what a p or a thread keeps of the heap, so that it allocates and frees without a lock.
// Go's mcache, with magazines.
//
// A cache has a magazine per bin: a stack of free objects. So malloc is a pop, and free is a push;
// it does not matter which cache the object came from. With each object is the address of its cell,
// which tells whether it is in use (heap.h). Both do not lie in the objects: a program that writes
// to what it has freed cannot lead the allocator astray.
//
// An empty magazine is filled from the cache's own spans, then from spans in the central lists,
// then from a new span. At first it gets few objects; the number doubles each time up to half of
// its room. A full one gives the older half back to the spans, each home locked once. A span that
// is all free goes back to the heap, unless its home has too few others.
//
// Rejected: magazines with objects of own spans only, and a buffer for those of others. An object
// that goes back and forth between two ps then goes through its span each time (Alloc/rptest took
// 3.4 times as long).
//
// The cache of a p serves all code that runs on the p; that of a thread serves code without a p:
// plain threads, and foreign code that a goroutine has called. No code of the heap is preempted, so
// a cache has one user at a time. The slow ways read again which cache is theirs, because their own
// stack check may give way.
//
// The idea of magazines is from Bonwick and Adams (Magazines and Vmem, 2001).

#ifndef THRUM_ALLOC_MCACHE_H
#define THRUM_ALLOC_MCACHE_H

#include "alloc/heap.h"
#include "arch/arch.h"
#include "core/base/debug.h"
#include "thrum/abi.h"

#define NLARGE 4               // ended large objects that a cache keeps
#define LARGEKEPT (2u << 20)   // ... of at most so many bytes each, for a p
#define THREADKEPT (256u << 10) // ... for a thread: there may be many

typedef struct slot {
	void *object;
	cell *cell;
} slot;

typedef struct magazine {
	slot *top;       // the next object is top[-1]
	slot *bottom;    // top == bottom: empty
	slot *limit;     // top == limit: full
	uint32_t batch;  // objects with which it is filled next
	uint32_t unused;
} magazine;

struct mcache {
	// Only its user's:
	magazine bin[NBIN];
	uintptr_t tiny; // where the next tiny object may start; 0: there is no block
	uintptr_t tinyend;
	magazine *mag; // the magazines: bin, or hidden while bin shows empty ones that are full
	bool hiding;   // takes part in the memory profile (profile.h):
	int64_t untilsample; // bytes up to the next sample
	uint64_t random;     // state; 0: has none yet
	magazine hidden[NBIN];

	// lock:
	_Alignas(CACHELINE) mutex lock;
	spanlist partial[NBIN], full[NBIN]; // its spans, with free objects and without
	uint8_t nempty[NBIN];               // spans in partial that have no object in use
	pagecache pages;                    // free pages of pagezone
	zone *pagezone;                     // NULL: none
	fixcache records[NRECORD];          // of spans
	mspan *large[NLARGE];               // ended large objects
	uint32_t nlarge;
	_Atomic uint64_t refills, flushes;  // statistics

	// caches.lock:
	mcache *link;   // caches.all
	mcache *unused; // caches.unused
	p *p;           // of which it is; NULL: of a thread, or of none
	bool inuse;     // has a user

	slot slot[]; // of the magazines
};

#define MAGSHIFT 5
static_assert(sizeof(magazine) == 1 << MAGSHIFT && offsetof(mcache, bin) == 0, "malloc.asm");
static_assert(sizeof(magazine) == THRUM_MAG && offsetof(magazine, top) == THRUM_MAG_TOP &&
	offsetof(magazine, bottom) == THRUM_MAG_BOTTOM && sizeof(slot) == THRUM_SLOT &&
	offsetof(slot, object) == THRUM_SLOT_OBJECT && offsetof(slot, cell) == THRUM_SLOT_CELL &&
	BIN(ManualObjects, 0) == 0 && BIN(ScanObjects, 0) == THRUM_SCANBINS &&
	BIN(NoscanObjects, 0) == THRUM_NOSCANBINS, "the pass");

extern _Atomic uint32_t heapmode; // enum heapmode (debug.h)

// nocache is the cache of a p or a thread that has none yet: always empty and full.
extern mcache nocache;
// threadcache is the one that code on this thread uses while it has no p. thrum_cache is the one
// that code outside of foreign calls uses: that of the p, or threadcache. Inlined code reads it, in
// shared objects, too.
extern _Thread_local mcache *threadcache __attribute__((tls_model("initial-exec"), visibility("hidden")));
extern _Thread_local mcache *thrum_cache __attribute__((tls_model("initial-exec"), visibility("default")));

// getmcache returns the cache of the calling code. During a foreign call the p may be taken away,
// so its cache must not be used.
static inline mcache *
getmcache(void)
{
	m *mp = thrum_m;
	return mp && load(mp->incall) ? threadcache : thrum_cache;
}

// mcachenew returns a cache for pp, or for a thread if pp is NULL. Stack: the system stack.
// Returns: NULL without memory.
mcache *mcachenew(p *pp);
// mcacheend flushes c, which has no user any more, and keeps it for the next.
void mcacheend(mcache *c);

// magfill puts objects into the magazine of a bin, which is empty. Stack: the system stack.
// Returns: false without memory.
bool magfill(mcache *c, uint32_t bin);
// magspill gives the oldest objects of a magazine back to their spans, until it has keep.
void magspill(mcache *c, uint32_t bin, uint32_t keep);
// mcacheflush gives everything back that c keeps, and all its spans. No thread uses c meanwhile.
void mcacheflush(mcache *c);

// giveone gives the object at p of s, which is in use, back to its span.
void giveone(mspan *s, uintptr_t p);

// heapcheck looks at every span, list and magazine. No thread may use the heap meanwhile. Returns:
// NULL, or what is wrong.
const char *heapcheck(void);
// heapcheckpoint does so for THRUM_DEBUG=heapcheck=N, every N-th time, as far as it can while
// others use the heap. A fault ends the process. Stack: the system stack, in no call of the heap.
void heapcheckpoint(void);

static inline void
checkpoint(void)
{
	if (__builtin_expect(debug.heapcheck > 0, 0))
		heapcheckpoint();
}

// nextspan returns the first span whose pages begin at page *at of z or behind it; NULL at the end.
// *at is the page behind it then.
mspan *nextspan(const zone *z, uint32_t *at);

#define TWICE "double free by two threads"
// heapfatal ends the process: "fatal error: what (p, in a span of objects of size bytes)". held is
// the lock that the caller holds, or NULL. It is released first, because what runs at the end of a
// process may allocate.
_Noreturn void heapfatal(const char *what, const void *p, mutex *held);

// heaptick is for slow ways: in a process without a monitor, threads do its work for the heap. It
// comes to that once in a while (untiltick). Locks: none. Stack: the system stack.
void heaptick(void);
#define SLOWTICK 32 // a slow way takes it from untiltick
extern _Thread_local int32_t untiltick __attribute__((tls_model("initial-exec"), visibility("hidden")));

// The table of subsystems (core/sched/p.c):
bool heappinit(p *pp);
void heappflush(p *pp);
void heaplockall(void);
void heapunlockall(void);
void heapfork(void);
size_t heaptrimall(void);

#endif
