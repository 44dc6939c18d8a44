// SPDX-License-Identifier: MIT
//
// bump.h - the limits of an allocator: see bump.c.

#ifndef BENCH_BUMP_H
#define BENCH_BUMP_H

#include "../bench.h"

#define BUMP_BYTES (256 << 10) // of a batch: it fits in a cache of the second level

// Plain code, so each is one foreign call.
void probe_bump(bench_case *c, uint64_t n);     // allocates n blocks of c->arg bytes, 16 or 64
void probe_freelist(bench_case *c, uint64_t n); // takes n blocks of a free list and puts them back

#endif
