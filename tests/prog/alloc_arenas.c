// SPDX-License-Identifier: MIT
// Shows that an object may be larger than an arena of 64 MB. Fresh zeroed memory is not touched.
// The heap grows by 1 MB at least. If another mapping is in its way, it goes on in the next arena.
// thrum-only
// out: ok
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <thrum.h>

#include "extra/check.h"

#define MB ((size_t)1 << 20)
#define LARGE (200 * MB)

static thrum_memstats st;

static size_t
resident(void)
{
	size_t all, pages;
	FILE *f = fopen("/proc/self/statm", "r");
	CHECK(f && fscanf(f, "%zu %zu", &all, &pages) == 2);
	fclose(f);
	return pages * 4096;
}

static size_t
mapped(void)
{
	thrum_get_memstats(&st);
	return st.mapped;
}

static void
grows(void)
{
	size_t was = mapped();
	long times = 0;
	for (int i = 0; i < 40000; i++) {
		CHECK(thrum_malloc(1000));
		size_t now = i % 16 ? was : mapped();
		CHECK(now == was || now - was >= MB);
		times += now != was;
		was = now;
	}
	CHECK(times > 1);
}

int
main(void)
{
	size_t had = resident();
	char *p = thrum_calloc(1, LARGE);
	CHECK(p);
	for (size_t i = 0; i < LARGE; i += MB) {
		size_t size;
		CHECK(thrum_findobject(p + i, &size) == p && size == LARGE);
	}
	CHECK(resident() - had < 16 * MB);
	CHECK(p[0] == 0 && p[LARGE / 2] == 0 && p[LARGE - 1] == 0);

	grows();

	// All of the heap's address space lies in one piece so far.
	uintptr_t zone = (uintptr_t)p >> 36 << 36;
	char *way = (char *)zone + mapped();
	CHECK(mmap(way, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == way);
	way[0] = 7;
	char *q = thrum_malloc(LARGE);
	CHECK(q > way && (uintptr_t)q % (64 * MB) == 0);
	q[0] = q[LARGE - 1] = 1;
	CHECK(way[0] == 7 && !thrum_findobject(way, NULL));
	CHECK(thrum_findobject(q + LARGE - 1, NULL) == q);
	thrum_free(q);
	thrum_free(p);
	puts("ok");
	return 0;
}
