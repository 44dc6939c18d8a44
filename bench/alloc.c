// SPDX-License-Identifier: MIT
//
// alloc.c - question: what does an allocation with its release cost, and how much memory does it
// take? Of thrum's allocator, of libc's, mimalloc, jemalloc and tcmalloc.
//
// bench/run builds this program, alloc/*.c included, once for each allocator. Each case runs in a
// process of its own, so that no case meets the heap that another one has left. The allocators take
// turns, case by case. At the start a peer makes sure that it has the library that it is named
// after. Peers use threads where thrum's program uses goroutines on two Ps.
//
// One operation is one block: its allocation, the first write, its release. The column peak-B is
// the peak of the resident set of the whole process (VmHWM).
//
//	Alloc/new/16, 64      thrum_new, zeroed, in batches of 256 KB; their release is not timed.
//	                      For peers calloc, for go/alloc.go new
//	Alloc/new/bump-*      the hardware's limit for that: probe/bump.c
//	Alloc/pair/16 .. 256  allocated and freed at once, without a write
//	Alloc/pair/freelist   the same by a bare list of free blocks: probe/bump.c
//	Alloc/batch/order     100,000 blocks of 8 to 256 bytes, then freed in order
//	Alloc/batch/random    likewise, freed in random order
//	Alloc/random          10,000 blocks of 8 B to 32 KB, log-uniform, replaced at random
//	Alloc/large           1 MB, first word written
//	Alloc/calloc          1 MB from calloc, the first byte of each page read and written
// The others are those of alloc/traces.c, on two workers, by wall time.

#include "alloc/alloc.h"
#include "probe/bump.h"

#define BATCH 100000
#define SLOTS 10000
#define LARGE (1 << 20)
#define PAGE 4096

static void *blocks[BATCH];
static uint32_t order[BATCH];

// ---- one worker -------------------------------------------------------------------
// Processor time of the process.

static uint64_t since;

static void
alone_begin(void)
{
	bench_procs(1);
	since = bench_cpu();
}

static void
alone_end(bench_case *c, uint64_t n)
{
	c->own_ns += bench_cpu() - since;
	c->own_n = n;
}

// Types of these sizes, with a pointer in them.
typedef struct t16 { struct t16 *next; uint64_t v[1]; } t16;
typedef struct t64 { struct t64 *next; uint64_t v[7]; } t64;

#define NEW(size)                                                                                  \
	static void run_new_##size(bench_case *c, uint64_t n)                                      \
	{                                                                                          \
		const unsigned batch = BUMP_BYTES / size;                                          \
		for (uint64_t done = 0; done < n; done += batch) {                                 \
			alone_begin();                                                             \
			for (unsigned i = 0; i < batch; i++) {                                     \
				blocks[i] = alloc_new(t##size);                                    \
				bench_keep((uint64_t)(uintptr_t)blocks[i]);                        \
			}                                                                          \
			alone_end(c, n);                                                           \
			for (unsigned i = 0; i < batch; i++)                                       \
				alloc_free(blocks[i]);                                             \
		}                                                                                  \
	}
NEW(16)
NEW(64)

// A size that the compiler knows, as in most programs. One more block of it stays. Otherwise some
// allocators give up a page at each release.
#define PAIR(size)                                                                                 \
	static void run_pair_##size(bench_case *c, uint64_t n)                                     \
	{                                                                                          \
		void *stays = alloc_malloc(size);                                                  \
		bench_keep((uint64_t)(uintptr_t)stays);                                            \
		alone_begin();                                                                     \
		for (uint64_t i = 0; i < n; i++) {                                                 \
			void *b = alloc_malloc(size);                                              \
			bench_keep((uint64_t)(uintptr_t)b);                                        \
			alloc_free(b);                                                             \
		}                                                                                  \
		alone_end(c, n);                                                                   \
		alloc_free(stays);                                                                 \
	}
PAIR(16)
PAIR(32)
PAIR(64)
PAIR(128)
PAIR(256)

static void
run_batch(bench_case *c, uint64_t n)
{
	uint64_t s = 1;
	alloc_even(8, 257);
	for (uint32_t i = 0; i < BATCH; i++)
		order[i] = i;
	for (uint32_t i = BATCH - 1; c->arg && i > 0; i--) {
		uint32_t k = (uint32_t)(bench_random(&s) >> 32) % (i + 1), was = order[i];
		order[i] = order[k];
		order[k] = was;
	}
	alone_begin();
	for (uint64_t done = 0; done < n; done += BATCH) {
		for (uint32_t i = 0; i < BATCH; i++)
			blocks[i] = get(i);
		for (uint32_t i = 0; i < BATCH; i++)
			alloc_free(blocks[order[i]]);
	}
	alone_end(c, n);
	memset(blocks, 0, sizeof blocks); // for Alloc/random
	alloc_peak(c);
}

static void
run_random(bench_case *c, uint64_t n)
{
	static uint64_t s = 1;
	uint64_t now = s;
	alloc_log(8, 32 << 10);
	for (uint32_t i = 0; blocks[i] == NULL && i < SLOTS; i++)
		blocks[i] = get(i);
	alone_begin();
	for (uint64_t i = 0; i < n; i++) {
		uint64_t r = bench_random(&now);
		void **slot = &blocks[(r >> 32) % SLOTS];
		alloc_free(*slot);
		*slot = get(r);
	}
	alone_end(c, n);
	s = now;
	alloc_peak(c);
}

static void
run_large(bench_case *c, uint64_t n)
{
	alloc_even(LARGE, LARGE + 1);
	alone_begin();
	for (uint64_t i = 0; i < n; i++)
		alloc_free(get(i));
	alone_end(c, n);
}

static void
run_calloc(bench_case *c, uint64_t n)
{
	char seen = 0;
	alone_begin();
	for (uint64_t i = 0; i < n; i++) {
		volatile char *b = alloc_calloc(LARGE / 16, 16);
		for (size_t at = 0; at < LARGE; at += PAGE)
			seen |= b[at]++;
		alloc_free((void *)b);
	}
	alone_end(c, n);
	if (seen != 0) {
		fprintf(stderr, "alloc: calloc's memory is not zero\n");
		exit(1);
	}
}

// ---- all of them ------------------------------------------------------------------

#define TRACE(which) {.name = "Alloc/" #which, .run = run_##which, .fixed = 600000, .wall = true}

static bench_case cases[] = {
#ifdef __THRUM__
	{.name = "Alloc/new/bump-16", .run = probe_bump, .unit = BUMP_BYTES / 16, .arg = 16},
	{.name = "Alloc/new/bump-64", .run = probe_bump, .unit = BUMP_BYTES / 64, .arg = 64},
	{.name = "Alloc/pair/freelist", .run = probe_freelist},
#endif
	{.name = "Alloc/new/16", .run = run_new_16, .unit = BUMP_BYTES / 16},
	{.name = "Alloc/new/64", .run = run_new_64, .unit = BUMP_BYTES / 64},
	{.name = "Alloc/pair/16", .run = run_pair_16},
	{.name = "Alloc/pair/32", .run = run_pair_32},
	{.name = "Alloc/pair/64", .run = run_pair_64},
	{.name = "Alloc/pair/128", .run = run_pair_128},
	{.name = "Alloc/pair/256", .run = run_pair_256},
	{.name = "Alloc/batch/order", .run = run_batch, .fixed = BATCH},
	{.name = "Alloc/batch/random", .run = run_batch, .fixed = BATCH, .arg = 1},
	{.name = "Alloc/random", .run = run_random, .fixed = 10 * SLOTS},
	TRACE(handoff),
	TRACE(larson),
	TRACE(xmalloc),
	TRACE(sh8),
	TRACE(mstress),
	TRACE(rptest),
	TRACE(thrash),
	TRACE(scratch),
	{.name = "Alloc/large", .run = run_large},
	{.name = "Alloc/calloc", .run = run_calloc},
	{.name = NULL},
};

int
main(int argc, char **argv)
{
	bench_setup(argc, argv);
	alloc_check();
	bench_cases(cases, bench_rounds(5));
	return 0;
}
