// SPDX-License-Identifier: MIT
// Shows that memory keeps its contents and nothing is lost when calls of the kernel fail
// (tests/fault/os.sh): malloc returns NULL with ENOMEM then, and when all is freed there is as much
// again. Without faults it only allocates and frees. Goroutines and a thread do so.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#define CHECK_END abort()
#include "extra/check.h"

#define N 3000
#define BYTES (10u << 20) // in all

typedef struct object {
	unsigned char *p;
	size_t size;
} object;

static object objects[N];

static size_t
sizeat(size_t i)
{
	static const size_t sizes[] = {16, 100, 700, 3000, 9000, 32768, 40, 100000, 1000, 24};
	return i % 500 == 499 ? 1 << 20 : sizes[i % 10];
}

// more allocates until n objects, or enough bytes, are there or memory ends. Returns: how many.
static size_t
more(size_t n)
{
	size_t i = 0;
	for (size_t bytes = 0; i < n && bytes < BYTES; i++) {
		object *o = &objects[i];
		o->size = sizeat(i);
		errno = 0;
		switch (i % 3) {
		case 0:
			o->p = thrum_malloc(o->size);
			break;
		case 1:
			o->p = thrum_calloc(1, o->size);
			break;
		default:
			o->p = thrum_aligned_alloc(64, o->size);
		}
		if (!o->p) {
			CHECK(errno == ENOMEM);
			break;
		}
		if (i % 3 == 1)
			for (size_t k = 0; k < o->size; k++)
				CHECK(o->p[k] == 0);
		memset(o->p, (int)i, o->size);
		bytes += o->size;
	}
	return i;
}

static void
drop(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		object *o = &objects[i];
		for (size_t k = 0; k < o->size; k++)
			CHECK(o->p[k] == (unsigned char)i);
		thrum_free(o->p);
	}
}

static void
grows(size_t n)
{
	if (n == 0)
		return;
	object *o = &objects[n - 1];
	unsigned char *p = thrum_realloc(o->p, 5 << 20);
	CHECK(p || errno == ENOMEM);
	if (!p)
		return; // the old one is still there
	o->p = p;
}

static void *
thread(void *arg)
{
	object *o = arg;
	o->size = 500;
	o->p = thrum_malloc(o->size);
	CHECK(o->p || errno == ENOMEM);
	return NULL;
}

int
main(void)
{
	static thrum_memstats st;
	pthread_t t;
	object other;
	const char *debug = getenv("THRUM_DEBUG");
	size_t n = more(N);
	grows(n);
	if (pthread_create(&t, NULL, thread, &other) == 0) {
		CHECK(pthread_join(t, NULL) == 0);
		thrum_free(other.p);
	}
	drop(n);
	thrum_get_memstats(&st);
	CHECK(st.inuse == 0 && st.bytes == 0);
	for (int round = 0; round < 3; round++) {
		thrum_stack_trim();
		size_t again = more(n);
		// In the debug mode freed objects stay for a while, so it may be this round that fails.
		CHECK(again == n || (debug && strstr(debug, "malloc")));
		drop(again);
	}
	puts("ok");
	return 0;
}
