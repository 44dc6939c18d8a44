// SPDX-License-Identifier: MIT
//
// bump.c - the limits of the hardware for an allocator.
//
// bump moves a pointer through a buffer, zeroes each block and keeps its address in a table, which
// the measured loop of an allocator does, too. At the end of the buffer it begins anew. freelist
// has a list of blocks whose head is in memory and whose links are in the blocks.

#include "bump.h"

static _Alignas(64) char buffer[BUMP_BYTES];
static void *table[BUMP_BYTES / 16];
static void *volatile head;

static inline __attribute__((always_inline)) void
bump(uint64_t n, size_t size)
{
	for (uint64_t done = 0; done < n; done += BUMP_BYTES / size) {
		char *at = buffer;
		for (uint64_t i = 0; i < BUMP_BYTES / size; i++) {
			memset(at, 0, size);
			table[i] = at;
			bench_keep((uint64_t)(uintptr_t)at); // otherwise one memset for all
			at += size;
		}
	}
}

void
probe_bump(bench_case *c, uint64_t n)
{
	if (c->arg == 16)
		bump(n, 16);
	else
		bump(n, 64);
}

void
probe_freelist(bench_case *c, uint64_t n)
{
	(void)c;
	for (size_t at = 0; at < 1024; at += 16)
		*(void **)(buffer + at) = buffer + at + 16;
	head = buffer;
	for (uint64_t i = 0; i < n; i++) {
		void *volatile *b = head;
		head = *b;
		bench_keep((uint64_t)(uintptr_t)b);
		*b = head;
		head = (void *)b;
	}
}
