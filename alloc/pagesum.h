// SPDX-License-Identifier: MIT
//
// pagesum.h - the radix tree of summaries over the pages of a zone, and the bits in their words.
//
// The summary of a node has three counts of its pages: those free at its start, those in its
// longest free run, and those free at its end. A node has eight children, whose summaries fill a
// cache line. The leaves are the nodes of the chunks. Node k has the children 8k to 8k + 7. The
// leaves begin at NPAGECHUNK, and the roots are those of the nodes 1 to 7 that have leaves below.
// So no table of levels is needed: the node of a page that has 2^shift pages is
// (ZONEPAGES + page) >> shift. In a zone of full size there are five levels:
//
//	 shift  pages      nodes
//	  21    2097152    4 to 7            63         42          21          0
//	  18     262144    32 to 63          +----------+-----------+-----------+
//	  15      32768    256 to 511        |   end    |  longest  |   start   |
//	  12       4096    2048 to 4095      +----------+-----------+-----------+
//	   9        512    16384 to 32767
//
// A count of 2^21 does not fit into 21 bits. Only a root that is free as a whole has one, and then
// has it three times. The last one has bit 63, which no other summary has.
//
// There are two ways to bring the summaries up to date. sumrenew makes those of the leaves from the
// bits, and those of other nodes from their children. sumupdate is for a run of pages of which all
// were taken or all were freed. It finds the free run around them, and clips it to the node of each
// level. From this and the node's counts follow the new ones. Only if the longest run was cut, and
// the rest may not be the longest, are the bits or the children read. Both end at a level that does
// not change: its ancestors do not change then. Mostly this is the first level or the second.
//
// sumrenew alone would do. A free takes 25 ns with sumupdate, and three times as long without.

#ifndef THRUM_ALLOC_PAGESUM_H
#define THRUM_ALLOC_PAGESUM_H

#include "alloc/pages.h"

#define WORDS (PAGECHUNK / 64)
#define FANSHIFT 3 // log2 of the children of a node
#define FAN (1u << FANSHIFT)

enum {
	Leaf = PAGECHUNKSHIFT,                                      // log2 of the pages of a leaf,
	Root = Leaf + (ZONEPAGESHIFT - Leaf) / FANSHIFT * FANSHIFT, // and of a root
};

// The counts of a summary: the bit at which each begins.
enum { Start = 0, Longest = 21, End = 42 };
#define COUNT ((1u << Longest) - 1)

// sumupdate is called when n pages have been taken, or freed, and their bits changed.
void sumupdate(pages *z, uint32_t page, uint32_t n, bool freed);
// sumrenew is called when any of n pages have changed.
void sumrenew(pages *z, uint32_t page, uint32_t n);
// sumcheck returns whether all summaries agree with the bits.
bool sumcheck(const pages *z);

static inline uint32_t
field(uint64_t s, uint32_t bit)
{
	return s >> 63 ? COUNT + 1 : (uint32_t)(s >> bit) & COUNT;
}

static inline uint32_t
node(uint32_t page, uint32_t shift)
{
	return (ZONEPAGES + page) >> shift;
}

// low and high return how many pages at the start, or at the end, of a word are free.
static inline uint32_t
low(uint64_t x)
{
	return ~x ? (uint32_t)__builtin_ctzll(~x) : 64;
}

static inline uint32_t
high(uint64_t x)
{
	return ~x ? (uint32_t)__builtin_clzll(~x) : 64;
}

static inline uint32_t
count(uint64_t x)
{
	return x ? (uint32_t)__builtin_popcountll(x) : 0;
}

// ones returns n bits from bit at on, as many of them as a word has.
static inline uint64_t
ones(uint32_t at, uint32_t n)
{
	return (n < 64 ? ((uint64_t)1 << n) - 1 : ~(uint64_t)0) << at;
}

static inline uint32_t
smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static inline uint32_t
larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

// runs returns the bits of x at which n bits in a row begin, 1 <= n <= 64. Each step doubles how
// many are known to be there.
static inline uint64_t
runs(uint64_t x, uint32_t n)
{
	for (uint32_t k = 1; k < n && x; k += k)
		x &= x >> smaller(k, n - k);
	return x;
}

#endif
