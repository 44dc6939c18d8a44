// SPDX-License-Identifier: MIT
//
// site.h - the places of a program that allocate or free: calls, each with those that led to it.
//
// There is one record per list of pcs, found by a hash, so a place that allocates a million objects
// costs one record. Records are never freed. The walk to the callers takes some microseconds: in
// instrumented code it follows the rbp chain, in foreign code it reads the unwind tables frame by
// frame (core/diag/traceback.h). Only the debug mode and the profile use it.
//
// Lock: sites.lock. It is the last in the order, so a site may be made under any lock of the heap.

#ifndef THRUM_ALLOC_SITE_H
#define THRUM_ALLOC_SITE_H

#include <stdint.h>

#define SITEDEPTH 32 // calls that a record has at most

typedef struct site {
	struct site *next; // of the same hash; also the fixalloc's
	uint64_t hash;
	// Of sampled objects; prof.lock (profile.c):
	uint64_t allocs, frees, allocbytes, freebytes;
	// Constant:
	uint32_t n;
	uintptr_t pc[SITEDEPTH]; // the innermost first, and none of the runtime's own
} site;

// siteof returns the site of the caller of a function of the runtime, whose frame (rbp) is given,
// with at most `depth` calls. Stack: the system stack. Returns: NULL without memory.
site *siteof(uintptr_t frame, uint32_t depth);

// siteeach calls fn for each site. fn must not make one. Stack: the system stack.
void siteeach(void (*fn)(const site *s, void *arg), void *arg);

void sitelock(void); // for fork
void siteunlock(void);

#endif
