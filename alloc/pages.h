// SPDX-License-Identifier: MIT
//
// pages.h - the pages of a zone of the heap: which are free, and where the lowest n of them are.
//
// A zone is a part of the address space; its pages are counted from 0. Nothing here touches the
// pages themselves or calls the kernel. The heap reserves memory, gives it back and adds the zone's
// address. A page is in one of these states:
//
//	               free  scav
//	absent          0     0    it does not exist yet
//	in use          0     0    the heap has it
//	in a cache      0     0    a P has it; the cache has bits like these
//	taken           0     0    the scavenger has it, while the kernel takes its memory
//	dirty           1     0    free; it has memory, and holds old bytes
//	scavenged       1     1    free; it has no memory, and reads as zeros
//
// The two bits of 512 pages are a chunk. Above the chunks is a radix tree of summaries: how many
// pages of a node are free at its start, at its end, and in its longest run (pagesum.h).
//
// An allocation takes the lowest pages that fit. That keeps the heap dense: high pages become free,
// and stay free long enough to be scavenged. The search begins at the roots. It goes over nodes in
// the order of addresses and carries the free run that ends where the next node begins:
//
// 1. If the carried run and the free pages at the node's start are enough, they are the answer. So
//    a run may cross chunks and nodes of any level.
// 2. Otherwise, if the node's longest run is enough, the search goes on with its first child.
// 3. Otherwise the free pages at the node's end are carried. The search goes on with the next node
//    or, after a last child, with that of the parent.
//
// Without an alignment, a search that has gone down finds its pages there. With one it may come up
// again: its time is linear in the number of runs that are long enough but lie badly.
//
// `search` is a page below which none is free. A page that is freed lowers it. An allocation whose
// pages are the lowest free ones raises it. If the chunk of `search` has nothing free, the next
// allocation moves it to a chunk that has. So the full start of a heap is not searched again. An
// allocation that fits into the chunk of `search` does not go down the tree.
//
// A P takes all free pages of a block of 64 at once, and allocates of them without the heap's lock.
//
// Scavenging goes from high to low. `dirty` has a bit for each chunk that may have dirty pages. The
// bit is set when a page is freed, and cleared when the scavenger finds none. So memory that is
// free and was never used costs the scavenger nothing. Pages are taken out for the time of the call
// to the kernel: no lock is held in it, and nobody can allocate them.
//
// Rejected: buddies, because a run of 129 pages would take 256. Rejected: trees of free runs, as Go
// had them, because each change rebalances one, and the order of sizes does not find the lowest.
//
// All functions but cachealloc: Locks: the heap's. Stack: any, with room. Parks: never. None maps
// memory. If the arguments contradict the state, they throw. A page that is freed twice is found at
// once or, if it lies in a cache, when the cache is flushed.

#ifndef THRUM_ALLOC_PAGES_H
#define THRUM_ALLOC_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAPPAGESHIFT 13 // a heap page: 8 KB
#define HEAPPAGE ((size_t)1 << HEAPPAGESHIFT)
#ifndef ZONEPAGESHIFT
#define ZONEPAGESHIFT 23 // a zone: 64 GB of address space at a multiple of 64 GB
#endif
#define ZONEPAGES (1u << ZONEPAGESHIFT)
#define NOPAGE UINT32_MAX
#define HUGEPAGES 256u // pages in a huge page of 2 MB

#define PAGECHUNKSHIFT 9
#define PAGECHUNK (1u << PAGECHUNKSHIFT)
#define NPAGECHUNK (ZONEPAGES / PAGECHUNK)

typedef struct pagechunk {
	uint64_t free[PAGECHUNK / 64], scav[PAGECHUNK / 64]; // a page that has scav has free
} pagechunk;

// The pages of one zone. If all is zero, no page exists. Memory that the kernel gives when it is
// touched will do: 128 bytes per chunk whose pages exist, and some for the tree.
// Protected by the heap's lock:
typedef struct pages {
	uint32_t nfree;  // dirty or scavenged pages; not those in caches, not the taken
	uint32_t nscav;  // scavenged pages
	uint32_t ntotal; // pages that exist
	uint32_t search;
	uint64_t dirty[(NPAGECHUNK + 63) / 64]; // a bit per chunk
	_Alignas(64) uint64_t sum[2 * NPAGECHUNK];
	_Alignas(64) pagechunk chunk[NPAGECHUNK];
} pages;

// The answer to an allocation.
typedef struct pagefound {
	uint32_t page;  // the first one, or NOPAGE
	uint32_t nscav; // how many of them were scavenged; if all were, they read as zeros
} pagefound;

typedef struct pagerun {
	uint32_t page, n;
} pagerun;

// The free pages of a block of 64, at a multiple of 64. Only the owning P:
typedef struct pagecache {
	uint32_t base;
	uint64_t free, scav;
} pagecache;

// pagesgrow lets n pages come into existence. They are free and scavenged.
void pagesgrow(pages *z, uint32_t page, uint32_t n);
// pagesalloc takes the lowest n free pages in a row of which the first is a multiple of align, a
// power of two. Returns: NOPAGE if there are none, or n is 0.
pagefound pagesalloc(pages *z, uint32_t n, uint32_t align);
// pagesfree makes n pages dirty. They may be any pages in use, of one allocation or several.
void pagesfree(pages *z, uint32_t page, uint32_t n);

// pagesscavtake takes out the highest run of dirty pages, at most `most` of them. If the run has
// more, or as many, its highest ones are taken. If a huge page begins in that part, the part begins
// with it: so a huge page that is dirty as a whole is not split, unless `most` is less than one.
// Returns: the run; its page is NOPAGE if no page is dirty.
pagerun pagesscavtake(pages *z, uint32_t most);
// pagesscavput puts pages back that were taken or in use, and are scavenged now. If the kernel has
// refused them, pagesfree puts them back.
void pagesscavput(pages *z, uint32_t page, uint32_t n);

// cachefill moves all free pages of the lowest block of 64 that has one to c, which is empty.
// Returns: false if no page is free.
bool cachefill(pages *z, pagecache *c);
// cachealloc takes the lowest n free pages in a row, 1 to 64, out of c. Only the owner of c may
// call it. Locks: none. Returns: NOPAGE if there are none.
pagefound cachealloc(pagecache *c, uint32_t n);
// cacheflush puts all pages of c back, and c is empty then.
void cacheflush(pages *z, pagecache *c);

// pagescheck compares counts, summaries and hints with the bits of all pages. Its time is linear in
// the size of the zone. Returns: NULL, or a text that tells the fault.
const char *pagescheck(const pages *z);

#endif
