// SPDX-License-Identifier: MIT
//
// fixalloc.h - memory for objects of one size. Go's fixalloc, with caches of owners in front of it.
//
// An allocator cuts objects from slabs that it maps. Slabs are never given back, so memory that was
// an object once stays one of the same kind: a stale pointer may be read, and what it points to
// still has its type. Many lock-free readers of goroutines, threads and contexts rely on that.
//
// Free objects are chained through a word of their own. They are in the allocator's list, or in the
// cache of an owner, a p or an m, which takes and gives without a lock. An empty cache is filled
// from the list, a full one spills half of what it has into it; the user says how many that is.
//
//	fixpop, fixpush               the owner of the cache; no lock
//	fixold, fixput, fixtake       the list's lock
//	fixfill, fixspill             the list's lock, and the owner of the cache
//	fixnew, fixfeed, fixdrop      the slabs' lock
//	fixget                        both
//
// The two locks are the user's, and mostly the same one. All functions run on any stack with room,
// and call nothing but osmap. None is for signal handlers.
//
// The content of an object that is handed out depends on its kind. A new one is all zeros. One that
// was free holds the bytes that its last user left, except for the link, or zeros in its first
// `zero` bytes.
//
// The counts are exact: an object is in the list, in a cache, or in use. Only while an owner takes
// or gives without a lock can a reader on another thread be one behind.

#ifndef THRUM_BASE_FIXALLOC_H
#define THRUM_BASE_FIXALLOC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/base/os.h"

// The properties of the objects: a constant that the fast paths see, so that nothing of it is read
// at run time.
typedef struct fixkind {
	const char *name;
	enum osuse use;
	uint32_t slab; // bytes mapped at a time
	uint32_t link; // offset of the pointer that chains free objects
	uint32_t zero; // bytes zeroed when one is handed out; 0: the last user's bytes stay
	bool late;     // reused late: new ones of a slab first, then the one that was free longest
} fixkind;

// The free objects that an owner keeps. A zeroed cache is empty.
typedef struct fixcache {
	void *list;
	uint32_t n; // only the owner writes; statistics read
} fixcache;

typedef struct fixalloc {
	const fixkind *kind;
	size_t size; // bytes from one object to the next, a multiple of the alignment
	// The lock of the list:
	void *list, *last;      // free objects; last of a late kind only
	_Atomic uint32_t nfree; // how many; may be read without the lock
	// The lock of the slabs:
	char *fresh, *end;      // objects that were never handed out
	_Atomic size_t nmade;   // objects that were
	_Atomic size_t mapped;  // bytes
} fixalloc;

#define FIXALLOC(k, bytes) {.kind = (k), .size = (bytes)}

static inline void **
fixlink(const fixkind *k, void *object)
{
	return (void **)((char *)object + k->link);
}

// fixpop takes an object out of the caller's cache. Returns: NULL when it is empty.
static inline void *
fixpop(const fixkind *k, fixcache *c)
{
	void *object = c->list;
	if (object) {
		c->list = *fixlink(k, object);
		c->n--;
		if (k->zero)
			memset(object, 0, k->zero);
	}
	return object;
}

// fixpush puts an object into the caller's cache. Returns: how many are in it now.
static inline uint32_t
fixpush(const fixkind *k, fixcache *c, void *object)
{
	*fixlink(k, object) = c->list;
	c->list = object;
	return ++c->n;
}

// fixnew returns an object that was never in use; NULL without memory.
void *fixnew(fixalloc *f);
// fixroom tells whether fixnew has one without mapping a slab. The lock of the slabs.
static inline bool
fixroom(const fixalloc *f)
{
	return (size_t)(f->end - f->fresh) >= f->size;
}
// fixold returns a free object; NULL when there is none.
void *fixold(fixalloc *f);
// fixget returns a free object or a new one; NULL without memory.
void *fixget(fixalloc *f);
// fixput makes an object free.
void fixput(fixalloc *f, void *object);
// fixtake takes all free objects out of the list. They are the caller's, as a cache.
fixcache fixtake(fixalloc *f);

// fixrefill moves free objects into c until it has n, or none is left.
void fixrefill(fixalloc *f, fixcache *c, uint32_t n);
// fixfill does so too, and goes on with new ones. It maps a slab only if c would stay empty. Both
// locks.
void fixfill(fixalloc *f, fixcache *c, uint32_t n);
// fixspill moves objects from c into the list until c has n.
void fixspill(fixalloc *f, fixcache *c, uint32_t n);

// fixdrop: n objects that the caller has taken out are no objects any more, but memory. fixfeed
// makes new objects of such memory, from lo to hi, before any other; fixroom must be false. They
// hold what lies there.
void fixdrop(fixalloc *f, size_t n);
void fixfeed(fixalloc *f, char *lo, char *hi);

// fixlose, in the child of fork: the objects of c, or of f's list, are lost. They count as in use.
static inline void
fixlose(fixcache *c)
{
	*c = (fixcache){0};
}
void fixloselist(fixalloc *f);

typedef struct fixstats {
	size_t inuse, free; // objects
	size_t mapped;      // bytes
} fixstats;

// fixcached returns how many objects are in c, which may be another thread's.
static inline uint32_t
fixcached(const fixcache *c)
{
	return __atomic_load_n(&c->n, __ATOMIC_RELAXED);
}

// fixcount returns the counts of f, given how many objects are in caches.
fixstats fixcount(const fixalloc *f, size_t cached);

#endif
