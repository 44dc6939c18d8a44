// SPDX-License-Identifier: MIT
// Shows that signals may come at the very limit of a stack, in prologues and epilogues, and in leaf
// functions that live in the red zone.
// thrum-only
// env: THRUM_PROCS=2 THRUM_DEBUG=preemptstorm=20
// out: ok
#include "extra/storm.h"

// A leaf: no frame, no check, its locals in the red zone.
__attribute__((noinline)) static uint64_t
leaf(uint64_t x)
{
	volatile uint64_t a[8];
	for (int i = 0; i < 8; i++)
		a[i] = x + (uint64_t)i;
	uint64_t sum = 0;
	for (int k = 0; k < 40; k++)
		for (int i = 0; i < 8; i++)
			sum += a[i] ^ (uint64_t)k;
	return sum;
}

// The result of leaf, computed another way.
static uint64_t
expected(uint64_t x)
{
	uint64_t sum = 0;
	for (uint64_t i = 0; i < 8; i++)
		for (uint64_t k = 0; k < 40; k++)
			sum += (x + i) ^ k;
	return sum;
}

// Frames of several sizes, so that rsp comes near the guard in all ways.
#define LEVEL(n) \
	__attribute__((noinline)) static uint64_t \
	level##n(uint64_t depth, uint64_t x) \
	{ \
		volatile char pad[n]; \
		pad[0] = (char)x; \
		pad[n - 1] = (char)depth; \
		uint64_t r = leaf(x + depth); \
		if (depth > 0) \
			r += level##n(depth - 1, x); \
		CHECK(pad[0] == (char)x && pad[n - 1] == (char)depth); \
		return r; \
	}
LEVEL(8)
LEVEL(24)
LEVEL(72)
LEVEL(136)
LEVEL(248)

static uint64_t
descend(int n, uint64_t depth, uint64_t x)
{
	switch (n % 5) {
	case 0: return level8(depth, x);
	case 1: return level24(depth, x);
	case 2: return level72(depth, x);
	case 3: return level136(depth, x);
	default: return level248(depth, x);
	}
}

// Nothing but calls and returns.
__attribute__((noinline)) static uint64_t
tiny(uint64_t x)
{
	return x * 3 + 1;
}

__attribute__((noinline)) static uint64_t
both(uint64_t x)
{
	return tiny(x) + tiny(x + 1);
}

static void
fresh(void *arg)
{
	uint64_t x = (uint64_t)arg, want = 0;
	for (uint64_t depth = 0; depth < 14; depth++) {
		want += expected(x + depth);
		CHECK(descend((int)x, depth, x) == want);
	}
	thrum_wg_done(&wg);
}

static _Atomic int stop;

static void
tinies(void *arg)
{
	uint64_t x = (uint64_t)arg;
	while (!stop) {
		uint64_t a = x, b = x;
		for (int i = 0; i < 20000; i++) {
			a = both(a);
			b = 6 * b + 5;
		}
		CHECK(a == b);
		x = a;
	}
	thrum_wg_done(&wg);
}

int
main(void)
{
	alarm(100);
	thrum_wg_add(&wg, 2);
	CHECK(thrum_go(tinies, (void *)1) == 0 && thrum_go(tinies, (void *)2) == 0);
	// New goroutines with new stacks, a hundred at a time.
	for (long i = 0; !enough(400); i++) {
		thrum_wg_add(&wg, 100);
		for (long k = 0; k < 100; k++)
			CHECK(thrum_go(fresh, (void *)(i * 100 + k)) == 0);
		thrum_yield();
	}
	stop = 1;
	thrum_wg_wait(&wg);
	puts("ok");
	return 0;
}
