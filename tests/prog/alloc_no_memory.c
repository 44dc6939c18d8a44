// SPDX-License-Identifier: MIT
// Shows that malloc returns NULL and ENOMEM without memory, that everything works on when memory is
// freed, and that absurd sizes and alignments are refused.
// thrum-only
// modes: normal stackmove storm
// out: ok
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <thrum.h>

#include "extra/check.h"

#define MOST 100000

static void *p[MOST];

static size_t
fillup(size_t bytes)
{
	size_t n = 0;
	errno = 0;
	while (n < MOST && (p[n] = thrum_malloc(bytes)))
		n++;
	CHECK(n < MOST && errno == ENOMEM);
	return n;
}

static void
empty(size_t n)
{
	for (size_t i = 0; i < n; i++)
		thrum_free(p[i]);
}

static size_t volatile huge = SIZE_MAX;

int
main(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	size_t pages;
	CHECK(f && fscanf(f, "%zu", &pages) == 1);
	fclose(f);
	struct rlimit r = {pages * 4096 + (48 << 20), pages * 4096 + (48 << 20)};
	CHECK(setrlimit(RLIMIT_AS, &r) == 0);
	static const size_t sizes[] = {30000, 1000, 100000, 3 << 20, 30000};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		size_t n = fillup(sizes[i]);
		CHECK(n * sizes[i] > 12 << 20);
		void *small = thrum_realloc(p[0], 48 << 20);
		CHECK(!small && errno == ENOMEM);
		empty(n);
	}
	errno = 0;
	CHECK(!thrum_malloc(huge) && errno == ENOMEM);
	errno = 0;
	CHECK(!thrum_calloc(huge / 2, 3) && errno == ENOMEM);
	errno = 0;
	CHECK(!thrum_aligned_alloc(48, 10) && errno == EINVAL);
	errno = 0;
	CHECK(!thrum_aligned_alloc(64, huge - 8) && errno == ENOMEM);
	// More than a zone: each time that is refused, and costs nothing.
	for (int i = 0; i < 1200; i++)
		CHECK(!thrum_aligned_alloc((size_t)1 << 36, (size_t)1 << 35));
	CHECK(thrum_usable_size(NULL) == 0);
	thrum_free(NULL);
	puts("ok");
	return 0;
}
