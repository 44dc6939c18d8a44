// SPDX-License-Identifier: MIT
// Shows that the memory profile counts the places that allocate. Estimates by its samples are near
// the truth, for small, large, zeroed and collected objects, for a loop that frees at once, and for
// a thread. Frees count where the object was allocated. With rate 1 all is exact.
// thrum-only
// env: THRUM_PROCS=1 THRUM_SEED=12345
// modes: normal stackmove
// ldflags: -lm
// out: ok
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

#define RATE 4096
#define NSITE 7

static const struct site {
	size_t size, inheap, n;
} sites[NSITE] = {{64, 64, 100000}, {1000, 1024, 20000}, {150, 160, 60000}, {100000, 106496, 100}, {40, 48, 80000},
	{300, 320, 30000}, {20, 32, 100000}};

static void *objects[100000];
static uintptr_t from[NSITE]; // the place in allocate() of the call

__attribute__((noinline)) static void *
one(int k)
{
	from[k] = (uintptr_t)__builtin_return_address(0) - 1;
	switch (k) {
	case 0:
		return thrum_malloc(sites[k].size);
	case 1:
		return thrum_calloc(1, sites[k].size);
	case 4:
		return thrum_alloc(sites[k].size);
	case 5:
		return thrum_newobject(sites[k].size, 8, NULL);
	default:
		return thrum_malloc(sites[k].size);
	}
}

// Each place has a call of its own, which the compiler neither merges nor makes a jump.
#define PLACE(k) \
	case k: \
		p = one(k); \
		__asm__ volatile("# place " #k); \
		break

__attribute__((noinline)) static void *
allocate(int k)
{
	void *p = NULL;
	switch (k) {
		PLACE(0);
		PLACE(1);
		PLACE(2);
		PLACE(3);
		PLACE(4);
		PLACE(5);
		PLACE(6);
	}
	return p;
}

static thrum_memrecord records[1000];

static thrum_memrecord
recordof(int k)
{
	thrum_memrecord sum = {0};
	size_t n = thrum_memprofile(records, 1000);
	CHECK(n < 1000);
	for (size_t i = 0; i < n; i++)
		for (size_t d = 0; d < records[i].depth; d++)
			if (records[i].pc[d] == from[k]) {
				sum.allocs += records[i].allocs;
				sum.frees += records[i].frees;
				sum.alloc_bytes += records[i].alloc_bytes;
				sum.free_bytes += records[i].free_bytes;
				break;
			}
	CHECK(sum.alloc_bytes == sum.allocs * sites[k].inheap && sum.free_bytes == sum.frees * sites[k].inheap);
	return sum;
}

static void
fill(int k)
{
	for (size_t i = 0; i < sites[k].n; i++) {
		objects[i] = allocate(k);
		CHECK(objects[i]);
		if (k == 2)
			thrum_free(objects[i]);
	}
}

static void *
thread(void *k)
{
	fill((int)(uintptr_t)k);
	return NULL;
}

static void
near(double got, double want)
{
	if (got < want * 0.9 || got > want * 1.1)
		printf("%f is not near %f\n", got, want);
	CHECK(got >= want * 0.9 && got <= want * 1.1);
}

static void
estimates(int k)
{
	pthread_t t;
	size_t n = sites[k].n;
	double p = 1 - exp(-(double)sites[k].inheap / RATE);
	if (k == 6) {
		CHECK(pthread_create(&t, NULL, thread, (void *)6) == 0 && pthread_join(t, NULL) == 0);
	} else {
		fill(k);
	}
	thrum_memrecord r = recordof(k);
	near((double)r.allocs / p, (double)n);
	CHECK(r.frees == (k == 2 ? r.allocs : 0));
	if (k == 2)
		return;
	for (size_t i = 0; i < n; i += 2)
		thrum_free(objects[i]);
	near((double)recordof(k).frees / p, (double)n / 2);
	if (k == 1) { // off, but frees still count
		CHECK(thrum_set_memprofile(0) == RATE);
		for (int i = 0; i < 10000; i++)
			thrum_free(allocate(1));
		CHECK(recordof(1).allocs == r.allocs);
	}
	for (size_t i = 1; i < n; i += 2)
		thrum_free(objects[i]);
	CHECK(recordof(k).frees == r.allocs);
	if (k == 1)
		CHECK(thrum_set_memprofile(RATE) == 0);
}

static void
exact(int k)
{
	thrum_memrecord was = recordof(k), now;
	CHECK(thrum_set_memprofile(1) == RATE);
	while (recordof(k).allocs == was.allocs) // the distance that was drawn before
		thrum_free(allocate(k));
	was = recordof(k);
	for (int i = 0; i < 100; i++) {
		size_t size;
		objects[i] = allocate(k);
		memset(objects[i], 1, sites[k].size);
		CHECK(thrum_usable_size(objects[i]) == sites[k].inheap);
		CHECK(thrum_findobject(objects[i], &size) == objects[i] && size == sites[k].inheap);
		CHECK(thrum_realloc(objects[i], sites[k].inheap) == objects[i]);
	}
	now = recordof(k);
	CHECK(now.allocs == was.allocs + 100 && now.frees == was.frees);
	for (int i = 0; i < 100; i++)
		thrum_free(objects[i]);
	now = recordof(k);
	CHECK(now.allocs == now.frees);
	CHECK(thrum_set_memprofile(RATE) == 1);
}

int
main(void)
{
	static thrum_memstats st;
	fill(0); // before: not counted
	CHECK(thrum_memprofile(NULL, 0) == 0);
	for (size_t i = 0; i < sites[0].n; i++)
		thrum_free(objects[i]);
	CHECK(thrum_set_memprofile(RATE) == 0);
	for (int k = 0; k < NSITE; k++)
		estimates(k);
	for (int k = 0; k < NSITE; k++)
		exact(k);
	thrum_get_memstats(&st);
	CHECK(st.inuse == 0 && st.bytes == 0);
	puts("ok");
	return 0;
}
