// SPDX-License-Identifier: MIT
//
// fragments.c - question: how much memory does an allocator keep for what is in use, when much was
// freed? bench/fragments builds it for each allocator and prints a table.
//
//	fragments CASE
//
// Each result is the resident set beyond that at the start of the case, divided by the bytes in
// use.
//
//	half SIZE   64 MB of blocks of SIZE, every second one freed; then filled up with blocks of
//	            half as much again. Prints both ratios
//	random      100,000 blocks of 8 B to 32 KB, log-uniform, 40 million of them replaced at
//	            random. Prints the ratio after each tenth
//	drift       likewise, 10 million, but the sizes wander: within a tenth, only two octaves of all.
//	            Prints the resident set divided by the most bytes that were in use so far
//	peak        200 MB of blocks of 16 B to 4 KB, then all but the first 40 MB freed; then 1000
//	            blocks each 100 ms. Prints the ratio at the peak and for 10 seconds, and when it
//	            was 1.2 first

#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef __THRUM__
#include <thrum.h>
#define get thrum_malloc
#define drop thrum_free
#define nap() thrum_sleep(100000000)
#else
#define get malloc
#define drop free
#define nap() (void)usleep(100000)
#endif

#define MB (1u << 20)
#define MOST (8u << 20) // blocks

static void *blocks[MOST];
static uint32_t sizes[MOST];
static size_t live, most, base;
static uint64_t seed = 88172645463325252;

static uint64_t
rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static size_t
resident(void)
{
	long all, pages;
	FILE *f = fopen("/proc/self/statm", "r");
	if (f == NULL || fscanf(f, "%ld %ld", &all, &pages) != 2)
		exit(1);
	fclose(f);
	return (size_t)pages * 4096;
}

static double
ratio(void)
{
	return (double)(resident() - base) / (double)live;
}

static void
put(size_t i, uint32_t size)
{
	if ((blocks[i] = get(size)) == NULL)
		exit(1);
	memset(blocks[i], 1, size);
	sizes[i] = size;
	live += size;
	most = live > most ? live : most;
}

static void
end(size_t i)
{
	drop(blocks[i]);
	blocks[i] = NULL;
	live -= sizes[i];
}

// logsize draws a size between 2^lo and 2^hi, with as many for each octave.
static uint32_t
logsize(unsigned lo, unsigned hi)
{
	uint64_t r = rnd();
	uint32_t octave = 1u << (lo + (r >> 40) % (hi - lo));
	return octave + (uint32_t)(r % octave);
}

static void
half(uint32_t size)
{
	size_t n = 64 * MB / size;
	for (size_t i = 0; i < n; i++)
		put(i, size);
	for (size_t i = 0; i < n; i += 2)
		end(i);
	double freed = ratio();
	for (size_t i = 0, free = n / 2 * size, more = size + size / 2; free >= more && i < n; i += 2, free -= more)
		put(i, (uint32_t)more);
	printf("%.2f %.2f\n", freed, ratio());
}

static void
replace(bool drift)
{
	enum { SLOTS = 100000, ROUNDS = 10 };
	unsigned steps = drift ? 1000000 : 4000000;
	for (size_t i = 0; i < SLOTS; i++)
		put(i, logsize(3, 15));
	for (unsigned k = 0; k < ROUNDS; k++) {
		unsigned lo = drift ? 3 + k * 7 % 11 : 3, hi = drift ? lo + 2 : 15;
		for (unsigned s = 0; s < steps; s++) {
			size_t i = rnd() % SLOTS;
			end(i);
			put(i, logsize(lo, hi));
		}
		printf(k ? " %.2f" : "%.2f", ratio() * (double)live / (double)(drift ? most : live));
		fflush(stdout);
	}
	puts("");
}

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
peak(void)
{
	size_t n = 0, stay = 0;
	for (; live < 200u * MB; n++) {
		put(n, logsize(4, 12));
		if (live < 40u * MB)
			stay = n;
	}
	printf("%.2f", ratio());
	for (size_t i = stay; i < n; i++)
		end(i);
	double start = now(), reached = -1;
	for (int s = 0; s < 100; s++) {
		if (s % 10 == 0)
			printf(" %.2f", ratio());
		if (reached < 0 && ratio() <= 1.2)
			reached = now() - start;
		nap();
		for (size_t i = n; i < n + 1000; i++)
			put(i, logsize(4, 12));
		for (size_t i = n; i < n + 1000; i++)
			end(i);
	}
	printf(" %.2f; ", ratio());
	if (reached < 0)
		printf("1.2 never\n");
	else
		printf("1.2 after %.1f s\n", reached);
}

int
main(int argc, char **argv)
{
	const char *which = argc > 1 ? argv[1] : "";
	void *first = get(1); // the allocator is ready
	memset(blocks, 1, sizeof blocks);
	memset(sizes, 1, sizeof sizes);
	base = resident();
	if (strcmp(which, "half") == 0 && argc > 2)
		half((uint32_t)atoi(argv[2]));
	else if (strcmp(which, "random") == 0)
		replace(false);
	else if (strcmp(which, "drift") == 0)
		replace(true);
	else if (strcmp(which, "peak") == 0)
		peak();
	else
		return 2;
	drop(first);
	return 0;
}
