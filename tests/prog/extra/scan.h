// SPDX-License-Identifier: MIT
// scan.h - a chain of calls that keep pointers in registers, locals, arrays and a VLA, and at its
// end a scan as a conservative collector makes it.
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OBJECTS 40

typedef struct scanned {
	// Returns how many pointers it did not find; negative: it cannot scan.
	int (*scan)(struct scanned *);
	int n;
	uintptr_t hidden[OBJECTS]; // the addresses, complemented: not found by accident
} scanned;

static int
within(const void *lo, size_t bytes, uintptr_t what)
{
	const uintptr_t *p = (const uintptr_t *)(((uintptr_t)lo + sizeof what - 1) & -sizeof what);
	for (; (const char *)(p + 1) <= (const char *)lo + bytes; p++)
		if (*p == ~what)
			return 1;
	return 0;
}

// onstack tells whether a pointer is between here and the end of the thread's stack; -1: here is
// not there.
static int
onstack(const char *here, uintptr_t what)
{
	pthread_attr_t a;
	void *low;
	size_t size;
	if (pthread_getattr_np(pthread_self(), &a) != 0)
		return -1;
	pthread_attr_getstack(&a, &low, &size);
	pthread_attr_destroy(&a);
	const char *end = (char *)low + size;
	return here < (char *)low || here >= end ? -1 : within(here, (size_t)(end - here), what);
}

static __attribute__((noinline)) char *
make(scanned *s)
{
	char *p = malloc(50);
	memset(p, s->n, 50);
	s->hidden[s->n++] = ~(uintptr_t)p;
	return p;
}

static __attribute__((noinline)) void
fill(scanned *s, char **to, int count)
{
	for (int i = 0; i < count; i++)
		to[i] = make(s);
}

static __attribute__((noinline)) int
calls(scanned *s, int depth)
{
	int first = s->n;
	char *a = make(s), *b = make(s), *array[4], *one;
	fill(s, array, 4);
	fill(s, &one, 1);
	char *vla[depth + 1];
	fill(s, vla, depth + 1);
	int lost = depth > 0 ? calls(s, depth - 1) : s->scan(s);
	int sum = a[1] + b[1] + array[0][1] + array[3][1] + one[1] + vla[depth][1];
	if (sum != 6 * first + 0 + 1 + 2 + 5 + 6 + 7 + depth)
		printf("overwritten: %d\n", sum);
	return lost;
}
