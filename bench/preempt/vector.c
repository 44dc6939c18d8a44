// SPDX-License-Identifier: MIT
//
// vector.c - a loop with eight live vectors, as wide as the processor has them, and masks.
//
// Each lane does the same arithmetic as the scalar code below, so the result of a round is known: a
// lost register is found at once.

#include "tool.h"

#define STEPS 20000 // some tens of microseconds without a check

// One step of a lane; the comparison becomes a mask register where there are such.
#define STEP(a, b, one) \
	do { \
		(a) = (a) * 5 + (b); \
		(b) ^= (a) >> 7; \
		(b) += ((a) > (b)) & (one); \
	} while (0)

// A round over eight vectors of so many lanes; 0 when the lanes differ.
#define VECTOR(name, features, lanes) \
	__attribute__((target(features), noinline)) static uint64_t name(uint64_t seed) \
	{ \
		typedef uint64_t v __attribute__((vector_size((lanes) * 8))); \
		v one = (v){} + 1, a = one * seed, b = a + 1, c = a + 2, d = a + 3, e = a + 4, f = a + 5, g = a + 6, h = a + 7; \
		for (int i = 0; i < STEPS; i++) { \
			STEP(a, b, (v)one); \
			STEP(c, d, (v)one); \
			STEP(e, f, (v)one); \
			STEP(g, h, (v)one); \
			__asm__ volatile("" : "+v"(a), "+v"(b), "+v"(c), "+v"(d), "+v"(e), "+v"(f), "+v"(g), "+v"(h)); \
		} \
		v sum = a ^ b ^ c ^ d ^ e ^ f ^ g ^ h; \
		for (int i = 1; i < (lanes); i++) \
			if (sum[i] != sum[0]) \
				return 0; \
		return sum[0]; \
	}

VECTOR(wide512, "avx512f,avx512dq", 8)
VECTOR(wide256, "avx2", 4)
VECTOR(wide128, "sse2", 2)

static uint64_t
scalar(uint64_t seed)
{
	uint64_t x[8], s = 0;
	for (uint64_t i = 0; i < 8; i++)
		x[i] = seed + i;
	for (int i = 0; i < STEPS; i++)
		for (int k = 0; k < 8; k += 2)
			STEP(x[k], x[k + 1], 1);
	for (int k = 0; k < 8; k++)
		s ^= x[k];
	return s;
}

// choose returns the widest that this processor has.
static uint64_t (*choose(void))(uint64_t)
{
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
		return wide512;
	return __builtin_cpu_supports("avx2") ? wide256 : wide128;
}

static uint64_t (*widest)(uint64_t);
static uint64_t expected[4];

// vector_setup is called once, first.
void
vector_setup(void)
{
	widest = choose();
	for (uint64_t i = 0; i < 4; i++)
		expected[i] = scalar(i);
}

void
vector_round(uint64_t seed)
{
	if (widest(seed) == expected[seed])
		return;
	fprintf(stderr, "preempt: a vector register has changed\n");
	_exit(1);
}

void
work_vector(spinner *s)
{
	uint64_t n = 0;
	do {
		vector_round(n & 3);
		spinner_count(s, ++n);
	} while (!spinner_stopped(s));
}
