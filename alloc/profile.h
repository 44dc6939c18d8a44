// SPDX-License-Identifier: MIT
//
// profile.h - the memory profile: which places of a program allocate, by samples. Go's
// MemProfileRate.
//
// On average one sample is taken for each `rate` bytes that are allocated. The distances between
// two samples, in bytes, are random and have an exponential distribution, so each byte has the same
// chance, whatever the program does in turn. A sample counts for the site that allocates (site.h).
// When a sampled object is freed, that counts for the same site. So the samples in use show what
// keeps memory.
//
// An object of s bytes is sampled with probability 1 - exp(-s / rate). So a sum over samples,
// divided by that, is an estimate of what the program has allocated; thrum_memprofile leaves that
// to its caller, as Go's runtime does.
//
// The fast ways know nothing of it:
//
//	allocation  A cache that takes part shows empty magazines to the fast ways, which are full as
//	            well (mcache.h: hidden). So each call takes its slow way. In C that costs a few
//	            nanoseconds more, without a lock, and counts down to the next sample.
//	free        The cell of a sampled object has the bit THRUM_SAMPLED. The fast way of free takes
//	            that for no object in use, and goes the slow way, in a cache that takes no part,
//	            too.
//
// Each cache counts for itself: the sum of independent Poisson processes is one. A cache begins and
// ceases to take part when it takes a slow way, or when thrum_set_memprofile visits its p. Before
// the first slow way of all, THRUM_DEBUG=memprofilerate=N is read.
//
// Rejected: magazines that are filled only up to the next sample, which would keep the fast way. A
// loop of one malloc and one free never empties its magazine, so it would never be sampled.

#ifndef THRUM_ALLOC_PROFILE_H
#define THRUM_ALLOC_PROFILE_H

#include "alloc/debug.h"

extern _Atomic size_t profilerate; // bytes; 0: off

// profileswitch makes c take part, or not. Only the user of c may call it.
void profileswitch(mcache *c);

// profiled brings c up to date, and returns it. Only the user of c may call it.
static inline mcache *
profiled(mcache *c)
{
	if (__builtin_expect(load(heapmode) == HeapProfiled, 0) && c->hiding != (load(profilerate) != 0))
		profileswitch(c);
	return c;
}

// sampledue counts n bytes, and tells whether the object that has them is a sample.
static inline bool
sampledue(mcache *c, size_t n)
{
	return c->hiding && (c->untilsample -= (int64_t)n) < 0;
}

// sample makes the object at p, of n bytes, a sample for the caller of a function of the runtime,
// whose frame is given. cell is that of the object, which is in use. Stack: the system stack.
void sample(mcache *c, uintptr_t p, size_t n, cell *cell, uintptr_t frame);
// sampleend counts the free of the sample at p, which is none any more. Stack: the system stack.
void sampleend(uintptr_t p, cell *cell);

void profilelock(void); // for fork
void profileunlock(void);

#endif
