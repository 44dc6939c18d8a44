// SPDX-License-Identifier: MIT
// Shows that loops that count, built with loop checks, give way: goroutines on one P take turns
// within them, with integers, floating point, vectors and x87 in registers, and get their results.
// thrumflags: -fthrum-poll
// env: THRUM_PROCS=1 THRUM_DEBUG=asyncpreempt=0
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __THRUM__
#include <thrum.h>
#endif

#define N __attribute__((noinline))
#define ROUNDS 5

static uint8_t text[40000];
static float fs[4096];

N static uint64_t
integers(unsigned n)
{
	uint64_t a = n, b = 1, c = 7, d = 11;
	for (unsigned i = 0; i < n; i++) {
		a += b ^ c;
		b = b << 13 | b >> 51;
		c += d * a;
		d ^= a >> 7;
	}
	return a ^ b ^ c ^ d;
}

N static uint64_t
collatz(unsigned n)
{
	uint64_t most = 0;
	for (unsigned i = 1; i < n; i++) {
		uint64_t steps = 0;
		for (uint64_t x = i; x != 1; steps++)
			x = x & 1 ? 3 * x + 1 : x / 2;
		if (steps > most)
			most = steps;
	}
	return most;
}

N static uint64_t
sieve(unsigned n)
{
	uint8_t *out = calloc(n, 1);
	uint64_t count = 0;
	for (unsigned i = 2; i < n; i++) {
		if (out[i])
			continue;
		count++;
		for (unsigned j = 2 * i; j < n; j += i)
			out[j] = 1;
	}
	free(out);
	return count;
}

N static uint64_t
crc(unsigned rounds)
{
	uint32_t c = ~0u;
	for (unsigned r = 0; r < rounds; r++)
		for (size_t i = 0; i < sizeof text; i++) {
			c ^= text[i];
			for (int k = 0; k < 8; k++)
				c = c >> 1 ^ (0xedb88320 & -(c & 1));
		}
	return c;
}

// Made into vectors, with masks where there are some. The order is the program's, so the sum is
// exact.
N static uint64_t
vectors(unsigned rounds)
{
	uint32_t sum = 0;
	for (unsigned r = 0; r < rounds; r++)
		for (size_t i = 0; i < sizeof text; i++)
			sum += text[i] > 99 ? text[i] * r : 3;
	return sum;
}

N static uint64_t
floats(unsigned rounds)
{
	float a[4] = {0};
	for (unsigned r = 0; r < rounds; r++)
		for (int i = 0; i < 4096; i += 4)
			for (int k = 0; k < 4; k++)
				a[k] = a[k] * 0.5f + fs[i + k];
	uint32_t bits;
	float s = a[0] + a[1] + a[2] + a[3];
	memcpy(&bits, &s, sizeof bits);
	return bits;
}

N static uint64_t
x87(unsigned n)
{
	long double a = 1, b = 0.5L, c = 3, d = 1e-9L;
	for (unsigned i = 0; i < n; i++) {
		a = a * b + c;
		b += d;
		c -= a * d;
	}
	long double r = (a + b + c) * 1e9L;
	return (uint64_t)r;
}

N static uint64_t
lists(unsigned n)
{
	struct item {
		unsigned value;
		struct item *next;
	} *first = NULL, *items = malloc(n * sizeof *items);
	uint64_t sum = 0;
	for (unsigned i = 0; i < n; i++) {
		items[i] = (struct item){i * 2654435761u, first};
		first = &items[i];
	}
	for (int pass = 0; pass < 30; pass++)
		for (struct item *it = first; it; it = it->next)
			sum = sum * 31 + it->value;
	free(items);
	return sum;
}

static uint64_t (*const kernels[])(unsigned) = {integers, collatz, sieve, crc, vectors, floats, x87, lists};
static const unsigned sizes[] = {1000000, 8000, 400000, 2, 20, 40, 300000, 4000};
#define KERNELS (sizeof kernels / sizeof *kernels)
#define WORKERS 3

static uint64_t results[WORKERS][KERNELS];

static void
work(void *arg)
{
	uint64_t *out = arg;
	for (size_t k = 0; k < KERNELS; k++) {
		// Not all the same at a time.
		size_t at = (k + (size_t)(out - results[0])) % KERNELS;
		for (int i = 0; i < ROUNDS; i++)
			out[at] = kernels[at](sizes[at]);
	}
}

#ifdef __THRUM__
static thrum_wg wg;

static void
worker(void *arg)
{
	work(arg);
	thrum_wg_done(&wg);
}
#endif

int
main(void)
{
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)(i * 2654435761u >> 13);
	for (int i = 0; i < 4096; i++)
		fs[i] = (float)(i % 97) * 0.25f - 9;
#ifdef __THRUM__
	thrum_wg_add(&wg, WORKERS);
	for (int i = 0; i < WORKERS; i++)
		if (thrum_go(worker, results[i]) != 0)
			return 1;
	thrum_wg_wait(&wg);
#else
	for (int i = 0; i < WORKERS; i++)
		work(results[i]);
#endif
	for (int i = 0; i < WORKERS; i++)
		for (size_t k = 0; k < KERNELS; k++)
			printf("%d %zu %lx\n", i, k, (unsigned long)results[i][k]);
	return 0;
}
