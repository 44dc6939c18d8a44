// SPDX-License-Identifier: MIT
//
// traces.c - cases of alloc.c on two workers. Each follows the idea of a known test of allocators,
// after which it is named; the code is our own.
//
// Batches of blocks pass from worker to worker through a ring with one sender and one receiver. A
// worker that finds it full or empty spins and yields. So the time is that of allocation, of lines
// that move, and of waiting for the slower side.

#include "alloc.h"

#include <stdatomic.h>

#define BATCH 100
#define RING 32

typedef struct ring {
	_Alignas(64) _Atomic uint64_t sent;  // batches; only the sender writes it
	_Alignas(64) _Atomic uint64_t taken; // batches; only the receiver writes it
	_Alignas(64) void *batch[RING][BATCH];
} ring;

static ring rings[2]; // worker me sends into rings[me]
static uint64_t each; // operations of one worker

// room returns the batch to fill next, or NULL if the ring is full.
static void **
room(ring *r)
{
	uint64_t k = atomic_load_explicit(&r->sent, memory_order_relaxed);
	bool full = k - atomic_load_explicit(&r->taken, memory_order_acquire) == RING;
	return full ? NULL : r->batch[k % RING];
}

static void
send(ring *r)
{
	atomic_fetch_add_explicit(&r->sent, 1, memory_order_release);
}

// send_new fills batch k of worker me with new blocks and sends it, if there is room.
static bool
send_new(unsigned me, uint64_t k)
{
	void **b = room(&rings[me]);
	if (b == NULL)
		return false;
	for (unsigned i = 0; i < BATCH; i++)
		b[i] = get(BATCH * k + i);
	send(&rings[me]);
	return true;
}

// take frees the blocks of a batch, if there is one.
static bool
take(ring *r)
{
	uint64_t k = atomic_load_explicit(&r->taken, memory_order_relaxed);
	if (atomic_load_explicit(&r->sent, memory_order_acquire) == k)
		return false;
	void **b = r->batch[k % RING];
	for (unsigned i = 0; i < BATCH; i++)
		alloc_free(b[i]);
	atomic_store_explicit(&r->taken, k + 1, memory_order_release);
	return true;
}

// trace runs one round of fn on both workers: n operations in all.
static void
trace(bench_case *c, uint64_t n, void (*fn)(unsigned me))
{
	each = n / 2;
	c->own_ns = alloc_both(fn);
	c->own_n = n;
	alloc_peak(c);
}

// ---- one allocates, the other frees -----------------------------------------------

static void
handoff(unsigned me)
{
	unsigned waits = 0;
	for (uint64_t k = 0; k < 2 * each / BATCH; k++)
		while (me == 0 ? !send_new(0, k) : !take(&rings[0]))
			relax(waits++);
}

void
run_handoff(bench_case *c, uint64_t n)
{
	alloc_log(16, 256);
	trace(c, n, handoff);
}

// exchange has a worker send batches and take as many from the other one.
static void
exchange(unsigned me, bool (*send_one)(unsigned me, uint64_t k), uint64_t batches)
{
	uint64_t sent = 0, taken = 0;
	unsigned waits = 0;
	while (sent < batches || taken < batches) {
		bool out = sent < batches && send_one(me, sent);
		bool in = taken < batches && take(&rings[!me]);
		sent += out;
		taken += in;
		if (!out && !in)
			relax(waits++);
	}
}

static void
xmalloc(unsigned me)
{
	exchange(me, send_new, each / BATCH);
}

void
run_xmalloc(bench_case *c, uint64_t n)
{
	alloc_log(16, 2048);
	trace(c, n, xmalloc);
}

// A burst of blocks. One in three goes to the other worker, the rest is freed in order.
static bool
send_third(unsigned me, uint64_t k)
{
	static void *own[2][2 * BATCH];
	void **b = room(&rings[me]);
	if (b == NULL)
		return false;
	for (unsigned i = 0; i < BATCH; i++) {
		uint64_t at = 3 * (BATCH * k + i);
		own[me][2 * i] = get(at);
		b[i] = get(at + 1);
		own[me][2 * i + 1] = get(at + 2);
	}
	send(&rings[me]);
	for (unsigned i = 0; i < 2 * BATCH; i++)
		alloc_free(own[me][i]);
	return true;
}

static void
rptest(unsigned me)
{
	exchange(me, send_third, each / (3 * BATCH));
}

void
run_rptest(bench_case *c, uint64_t n)
{
	alloc_log(16, 8192);
	trace(c, n, rptest);
}

// ---- blocks that stay -------------------------------------------------------------

#define SLOTS 1000

// A server's sessions: a worker replaces blocks of a set at random. Then it gives the set away and
// goes on with one that the other worker had.
static void
larson(unsigned me)
{
	static void *sets[3][SLOTS];
	static void *_Atomic spare = sets[2];
	static void **own[2] = {sets[0], sets[1]};
	uint64_t s = alloc_seed(me);
	void **set = own[me];
	for (uint64_t i = 0; i < each; i += SLOTS) {
		for (unsigned j = 0; j < SLOTS; j++) {
			uint64_t r = bench_random(&s);
			void **slot = &set[(r >> 32) % SLOTS];
			alloc_free(*slot);
			*slot = get(r);
		}
		set = atomic_exchange(&spare, set);
	}
	own[me] = set;
}

void
run_larson(bench_case *c, uint64_t n)
{
	alloc_even(8, 1000);
	trace(c, n, larson);
}

// One block in four is freed at once, two wait in a slot of this worker, one in a slot of both. One
// in 256 is 64 times as large. A block whose first word is overwritten ends the process.
static void
mstress(unsigned me)
{
	static void *own[2][SLOTS];
	static void *_Atomic shared[SLOTS];
	uint64_t s = alloc_seed(me);
	for (uint64_t i = 0; i < each; i++) {
		uint64_t r = bench_random(&s), k = (r >> 32) % SLOTS;
		uintptr_t *b = (r >> 12) % 256 ? get(r) : alloc_malloc(64 * alloc_sizes[r % SIZES]);
		*b = (uintptr_t)b;
		if (r >> 62 == 0) {
			b = atomic_exchange(&shared[k], b);
		} else if (r >> 62 != 1) {
			uintptr_t *old = own[me][k];
			own[me][k] = b;
			b = old;
		}
		if (b != NULL && *b != (uintptr_t)b) {
			fprintf(stderr, "alloc: two blocks overlap\n");
			exit(1);
		}
		alloc_free(b);
	}
}

void
run_mstress(bench_case *c, uint64_t n)
{
	alloc_log(8, 1024);
	trace(c, n, mstress);
}

// Small blocks, most of them very small. Every second one is freed and replaced, then all are freed
// backwards.
static void
sh8(unsigned me)
{
	static void *own[2][2 * SLOTS];
	void **set = own[me];
	for (uint64_t i = 0; i < each; i += 3 * SLOTS) {
		for (unsigned j = 0; j < 2 * SLOTS; j++)
			set[j] = get(i + j);
		for (unsigned j = 0; j < 2 * SLOTS; j += 2)
			alloc_free(set[j]);
		for (unsigned j = 0; j < 2 * SLOTS; j += 2)
			set[j] = get(i + j + 1);
		for (unsigned j = 2 * SLOTS; j-- > 0;)
			alloc_free(set[j]);
	}
}

void
run_sh8(bench_case *c, uint64_t n)
{
	alloc_log(8, 128);
	trace(c, n, sh8);
}

// ---- false sharing ----------------------------------------------------------------

#define WRITES 50
#define GIVEN 32

// scribble writes to a block many times.
static void *
scribble(volatile uint64_t *b)
{
	for (unsigned j = 0; j < WRITES; j++)
		(*b)++;
	return (void *)b;
}

// Active: the allocator gives two workers parts of one line.
static void
thrash(unsigned me)
{
	(void)me;
	for (uint64_t i = 0; i < each; i++)
		alloc_free(scribble(get(i)));
}

void
run_thrash(bench_case *c, uint64_t n)
{
	alloc_even(8, 9);
	trace(c, n, thrash);
}

static _Alignas(64) void *given[2][GIVEN]; // by worker

// Passive: neighbours from one worker are freed by both, and each allocates from them again.
static void
scratch(unsigned me)
{
	for (uint64_t i = 0; i < each; i++) {
		void **slot = &given[me][i % GIVEN];
		alloc_free(*slot);
		*slot = scribble(get(i));
	}
}

void
run_scratch(bench_case *c, uint64_t n)
{
	alloc_even(8, 9);
	for (unsigned i = 0; i < 2 * GIVEN; i++)
		alloc_free(given[i % 2][i / 2]);
	for (unsigned i = 0; i < 2 * GIVEN; i++)
		given[i % 2][i / 2] = get(i);
	trace(c, n, scratch);
}
