// SPDX-License-Identifier: MIT
//
// thrum/alloc.h - memory: malloc for goroutines, and objects that the collector will own.
// Included by thrum.h.
//
// Manual memory is that of thrum_malloc and its relatives. It stays until thrum_free. The collector
// will neither scan nor sweep it.
//
// Collected memory is that of thrum_new and thrum_alloc. It is zeroed. Until there is a collector,
// it stays until thrum_free, too.
//
// Any thread, goroutine or foreign function may free what another has allocated. On a goroutine the
// calls run on its own stack. A thread that runs no goroutine has a cache of its own.
//
// A free of anything but the start of an object in use is a fatal error, so a double free is found
// at once. If two threads free the same object at the same moment, that is found later, when the
// object is given out or its memory is given back.

#ifndef THRUM_ALLOC_H
#define THRUM_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "thrum/type.h"

#ifdef __cplusplus
extern "C" {
#endif

#define THRUM_ALLOC_SIZE(...) __attribute__((malloc, alloc_size(__VA_ARGS__)))

// thrum_malloc returns size bytes of memory, not zeroed, aligned to 16. Memory of 0 bytes is
// different from all other memory in use.
//
// Returns: NULL without memory; errno is ENOMEM then.
void *thrum_malloc(size_t size) THRUM_ALLOC_SIZE(1);

// thrum_calloc returns zeroed memory for n elements of size bytes.
//
// Returns: NULL without memory, or if n * size overflows; errno is ENOMEM then.
void *thrum_calloc(size_t n, size_t size) THRUM_ALLOC_SIZE(1, 2);

// thrum_realloc gives the memory at p another size, and returns where it is now. Its bytes are the
// same as before, up to the smaller of both sizes. If p is NULL, it is thrum_malloc(size). p may be
// of thrum_aligned_alloc; the result is aligned as that of thrum_malloc is.
//
// Returns: NULL without memory; errno is ENOMEM then, and the memory at p stays as it is.
void *thrum_realloc(void *p, size_t size) __attribute__((alloc_size(2)));

// thrum_aligned_alloc returns size bytes of memory, aligned to align. align is a power of two, at
// most 64 GB.
//
// Returns: NULL without memory, with errno ENOMEM; NULL with errno EINVAL for another align.
void *thrum_aligned_alloc(size_t align, size_t size) __attribute__((malloc, alloc_align(1), alloc_size(2)));

// thrum_free ends the use of memory of any call here. If p is NULL, it does nothing.
void thrum_free(void *p);

// thrum_usable_size returns how many bytes at p may be used: at least as many as were asked for. p
// is the start of an object. For NULL it is 0, and also for objects of thrum_alloc_noscan below 16
// bytes, because the heap does not know where those end.
size_t thrum_usable_size(const void *p);

// thrum_new(T) returns a zeroed object of type T, thrum_new_n(T, n) an array of n of them. A
// pointer anywhere into it will keep it from being collected. For an array that includes the
// address behind its last element.
//
// Errors: it is a fatal error if there is no memory.
#define thrum_new(T) ((__typeof__(T) *)thrum_newobject(sizeof(T), __alignof__(T), THRUM_TYPE(T)))
#define thrum_new_n(T, n) ((__typeof__(T) *)thrum_newarray((n), sizeof(T), __alignof__(T), THRUM_TYPE(T)))
void *thrum_newobject(size_t size, size_t align, const thrum_typeref *type)
	__attribute__((malloc, returns_nonnull, alloc_size(1)));
void *thrum_newarray(size_t n, size_t size, size_t align, const thrum_typeref *type)
	__attribute__((malloc, returns_nonnull));

// thrum_alloc returns size zeroed bytes, which the collector will scan for pointers. For memory of
// thrum_alloc_noscan it does not: it must hold no pointer to collected memory. Several objects of
// thrum_alloc_noscan below 16 bytes share a block, and thrum_free does nothing for them.
//
// Errors: it is a fatal error if there is no memory.
void *thrum_alloc(size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1)));
void *thrum_alloc_noscan(size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1)));

// thrum_findobject finds the object that p points into, of any call here. *size gets its usable
// bytes; size may be NULL. p may be any value.
//
// Returns: its start; NULL if p points into no object.
void *thrum_findobject(const void *p, size_t *size);

// ---- statistics ------------------------------------------------------------

#define THRUM_NCLASS 68

typedef struct thrum_classstats {
	size_t size;           // bytes of an object; 0: large objects, which have more than 32 KB
	size_t inuse;          // objects
	size_t bytes;          // ... their bytes
	size_t free, cached;   // objects in spans, and in the caches of Ps and threads
	size_t spans;
} thrum_classstats;

typedef struct thrum_memstats {
	size_t mapped;         // bytes of address space for objects
	size_t released;       // ... that have no memory: never used, or given back to the kernel
	size_t freepages;      // bytes of pages that belong to no span, released ones too
	size_t meta;           // bytes of address space for the heap's own tables
	size_t inuse, bytes;   // objects and their bytes, all classes
	uint64_t refills;      // times that a cache had no object left and got some
	uint64_t flushes;      // times that a cache had too many and gave some back
	thrum_classstats classes[THRUM_NCLASS];
} thrum_memstats;

// thrum_get_memstats describes the heap. The figures are exact if no other thread allocates or
// frees meanwhile.
void thrum_get_memstats(thrum_memstats *out);

// ---- profile ---------------------------------------------------------------

#define THRUM_MEMDEPTH 32

// The samples of one place that allocates, in all since the process began.
typedef struct thrum_memrecord {
	uint64_t allocs, frees;            // objects
	uint64_t alloc_bytes, free_bytes;  // ... their bytes
	size_t depth;                      // entries of pc
	uintptr_t pc[THRUM_MEMDEPTH];      // the calls that led to it, the innermost first
} thrum_memrecord;

// thrum_set_memprofile has a sample taken for each `rate` bytes that are allocated, on average. 1
// takes all objects, 0 none. Other threads than the caller's that run no goroutine follow when
// their cache is filled or full the next time. It may park.
//
// Returns: the rate before.
size_t thrum_set_memprofile(size_t rate);

// thrum_memprofile copies the first n records, in no order. An object of s bytes is sampled with
// probability 1 - exp(-s / rate).
//
// Returns: how many records there are.
size_t thrum_memprofile(thrum_memrecord *records, size_t n);

#ifdef __cplusplus
}
#endif

#endif
