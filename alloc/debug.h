// SPDX-License-Identifier: MIT
//
// debug.h - the heap's debug mode, THRUM_DEBUG=malloc=1: faults of the program become reports that
// name the object, where it was allocated and where it was freed.
//
// In the mode each object of the program lies inside a larger one of the heap, a block:
//
//	base              p - RED       p           p + n          base + s->size
//	 | not used        | red zone   | n bytes   | red zone      |
//
// A red zone is filled with 0xbd. It has at least RED bytes, so a byte written before or behind an
// object is seen. Fresh memory of thrum_malloc is filled with 0xa5, ended memory with 0xdf: what a
// program reads there by mistake is no address. A freed object goes into the quarantine, so that it
// is not in use again at once. When it leaves that, its bytes must still be 0xdf. Of an object of
// more than two WATCHED bytes only the ends are filled and compared.
//
// An object is looked at when it is freed, when its size is asked for or changed, when it leaves
// the quarantine, and when the process exits. With THRUM_DEBUG=heapcheck=N all are (check.c).
//
// Each object has a record outside of its block, found by the block's address. So the program
// cannot damage it, and the report names the object by its requested size.
//
// The mode costs nothing while it is off. No p and no thread gets a cache in the mode: all keep
// nocache, which is always empty and full, so each call takes its slow way, and that asks
// heapdebugged(). The blocks come from one cache, which only the holder of the mode's lock uses.
//
// THRUM_DEBUG is read when the first slow way asks, which is before any object exists. If the
// program's environment is not there yet at that time (libc allocates before it has it), the mode
// stays open. An object of that time has no record, and its free is an ordinary one.
//
// Rejected: a page per object, with a guard behind it. It finds the fault at once, but a program
// with 30,000 objects has no mappings left. Records inside the blocks: an underflow hits them.

#ifndef THRUM_ALLOC_DEBUG_H
#define THRUM_ALLOC_DEBUG_H

#include "alloc/mcache.h"

// HeapProfiled: samples are taken, or were once (profile.h). The slow ways look at this word first.
enum heapmode { HeapUnknown, HeapFast, HeapProfiled, HeapDebug };

// heapmoderead reads THRUM_DEBUG, if that has not been done, and returns whether the debug mode is
// on. Stack: any.
bool heapmoderead(void);

// heapdebugged tells whether the debug mode is on. Stack: any.
static inline bool
heapdebugged(void)
{
	return __builtin_expect(load(heapmode) != HeapFast, 0) && heapmoderead();
}

// The calls of thrum/alloc.h in the mode. Stack: any. Errors: those of thrum/alloc.h.
//
// debugnew returns an object of n bytes, zeroed or filled; NULL without memory.
void *debugnew(enum objkind kind, size_t n, size_t align, bool zeroed);
void debugfree(void *p);
// debugrealloc always moves the object. Returns: NULL without memory.
void *debugrealloc(void *p, size_t n);
size_t debugsize(const void *p);
void *debugfind(const void *p, size_t *size);

// debuglock keeps others out of the heap, if the mode is on. Only code that asks heapdebugged may
// be in it then.
void debuglock(void);
void debugunlock(void);
// debugstats counts objects in the quarantine as cached. debuglock is held.
void debugstats(thrum_memstats *out);
// debugcache returns the cache of the blocks; NULL: there is none.
mcache *debugcache(void);
// debugcheck compares what must not have changed in any object; it ends the process if something
// has. Stack: the system stack.
void debugcheck(void);

// These are for the mode, from malloc.c. heapnew returns an object out of c; NULL without memory.
// heapend ends it. The user of c calls them. Stack: the system stack.
void *heapnew(mcache *c, enum objkind kind, size_t n, size_t align, bool *zero);
void heapend(mcache *c, mspan *s, uintptr_t p);

#endif
