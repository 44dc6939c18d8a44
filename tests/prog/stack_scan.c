// SPDX-License-Identifier: MIT
// modes: normal stackmove (in a storm main may go on on another thread, whose stack is another)
// What a conservative collector reads, registers by setjmp and every word from its frame to the end of the stack,
// holds the pointers of its callers: in registers, in spilled ones, in locals with an address, in arrays, some calls up.
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OBJECTS 40
static uintptr_t hidden[OBJECTS]; // the addresses, complemented: not found by accident
static int n;

static __attribute__((noinline)) int
find(uintptr_t what, jmp_buf *regs, const char *here, const char *end)
{
	for (size_t i = 0; i < sizeof *regs / sizeof what; i++)
		if (((uintptr_t *)regs)[i] == ~what)
			return 1;
	for (const char *p = here; p + sizeof what <= end; p += sizeof what)
		if (*(const uintptr_t *)p == ~what)
			return 1;
	return 0;
}

static __attribute__((noinline)) int
scan(void)
{
	jmp_buf regs;
	pthread_attr_t a;
	void *low;
	size_t size;
	int lost = 0;
	setjmp(regs);
	if (pthread_getattr_np(pthread_self(), &a) != 0)
		return -1;
	pthread_attr_getstack(&a, &low, &size);
	pthread_attr_destroy(&a);
	char *here = __builtin_frame_address(0), *end = (char *)low + size;
	if (here < (char *)low || here >= end)
		return -2;
	for (int i = 0; i < n; i++)
		lost += !find(hidden[i], &regs, here, end);
	return lost;
}

static __attribute__((noinline)) char *
make(void)
{
	char *p = malloc(50);
	memset(p, n, 50);
	hidden[n++] = ~(uintptr_t)p;
	return p;
}

static __attribute__((noinline)) void
fill(char **to, int count)
{
	for (int i = 0; i < count; i++)
		to[i] = make();
}

static __attribute__((noinline)) int
calls(int depth)
{
	int first = n;
	char *a = make(), *b = make(), *array[4], *one;
	fill(array, 4);
	fill(&one, 1);
	char *vla[depth + 1];
	fill(vla, depth + 1);
	int lost = depth > 0 ? calls(depth - 1) : scan();
	int sum = a[1] + b[1] + array[0][1] + array[3][1] + one[1] + vla[depth][1];
	if (sum != 6 * first + 0 + 1 + 2 + 5 + 6 + 7 + depth)
		printf("overwritten: %d\n", sum);
	return lost;
}

int
main(void)
{
	printf("lost: %d\n", calls(3));
	return 0;
}
