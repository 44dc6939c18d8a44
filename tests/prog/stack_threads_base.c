// SPDX-License-Identifier: MIT
// A thread takes half of its stack by alloca and the address of that for the end of its stack, as
// Ruby does. The depth of its calls is measured from there, and stays small for few of them. A
// collector that reads from a frame up to there finds the pointers of all later calls: in locals
// and in large ones. More large ones than there is room for are right, too, also in handlers and
// after jumps. A program that gives the stack itself may do all this, but nothing is found.
// modes: normal stackmove storm (for sigstorm, whose handlers take room, too: stack_threads_big.c)
#define _GNU_SOURCE
#include <alloca.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOINLINE __attribute__((noinline))
#define LEVELS 40
#ifndef SEES
#define SEES 1
#endif

typedef struct thread {
	size_t size; // of its stack, as asked for; 0: as usual
	int own;     // the program gives the stack
	int wrong;
	char *base;  // the end of its stack, as it thinks
	size_t most; // bytes of calls below that, at most
} thread;

static volatile int signals;

static NOINLINE int
sum(const char *p, int n)
{
	int s = 0;
	for (int i = 0; i < n; i += 100)
		s += p[i];
	return s;
}

static NOINLINE int
large(int n)
{
	char a[40000];
	memset(a, n, sizeof a);
	return sum(a, sizeof a) - 400 * n;
}

static void
onsignal(int sig)
{
	signals += large(sig) == 0;
}

static NOINLINE int
found(const thread *t, uintptr_t hidden)
{
	for (const uintptr_t *p = __builtin_frame_address(0); (char *)p < t->base; p++)
		if (*p == ~hidden)
			return 1;
	return t->own;
}

static NOINLINE void
look(thread *t, int n, const uintptr_t *hidden)
{
	char *frame = __builtin_frame_address(0), *volatile local = (char *)&frame;
	if (t->own || !SEES)
		return;
	t->wrong += frame >= t->base || local >= t->base || (size_t)(t->base - frame) >= t->most;
	for (int i = 0; i < n; i++)
		t->wrong += !found(t, hidden[i]);
}

// down has a pointer in a local at each level, and in a large one at the first.
static NOINLINE int
down(thread *t, int n, uintptr_t *hidden)
{
	char *p[2] = {malloc(2000), NULL};
	char *volatile *volatile q = p;
	hidden[LEVELS - n] = ~(uintptr_t)p[0];
	q[1] = p[0];
	memset(q[0], n, 2000);
	raise(SIGUSR1);
	int bad = large(n);
	if (n > 1)
		bad += down(t, n - 1, hidden);
	else
		look(t, LEVELS, hidden);
	bad += sum(q[1], 2000) - 20 * n;
	free(q[1]);
	return bad;
}

static NOINLINE int
first(thread *t)
{
	char *many[5000];
	uintptr_t hidden[LEVELS + 1], one = 0;
	char *volatile *volatile p = many;
	p[2500] = malloc(1);
	one = ~(uintptr_t)p[2500];
	look(t, 1, &one);
	int bad = down(t, LEVELS, hidden);
	free(p[2500]);
	return bad;
}

// much has more large locals than there is room for.
static NOINLINE int
much(int n, jmp_buf *back)
{
	char a[100000];
	memset(a, n, sizeof a);
	if (n == 0 && back)
		longjmp(*back, 1);
	int bad = large(n) + (n > 0 ? much(n - 1, back) : 0);
	return bad + sum(a, sizeof a) - 1000 * n;
}

// frames uses bytes of stack by frames.
static NOINLINE int
frames(thread *t, long bytes)
{
	volatile long kept[100];
	kept[50] = bytes;
	if (bytes <= 0)
		return look(t, 0, NULL), 0;
	return frames(t, bytes - (long)sizeof kept) + (kept[50] != bytes);
}

static NOINLINE void
second(thread *t, size_t size)
{
	jmp_buf back;
	char *all = alloca(size);
	all[0] = all[size - 1] = 1;
	t->base = all;
	t->most -= size;
	t->wrong += first(t) != 0;
	for (int i = 0; i < 3; i++)
		if (setjmp(back) == 0)
			t->wrong += much((int)(size / 250000), i == 1 ? &back : NULL) != 0;
	t->wrong += first(t) != 0;
	t->wrong += frames(t, (long)size / 2) != 0;
	t->wrong += all[0] + all[size - 1] != 2;
}

static void *
start(void *arg)
{
	thread *t = arg;
	pthread_attr_t a;
	void *low;
	size_t size, half;
	pthread_t self = pthread_self();
	if (pthread_getattr_np(self, &a) != 0)
		return NULL;
	pthread_attr_getstack(&a, &low, &size);
	pthread_attr_destroy(&a);
	half = t->size ? t->size / 2 : 1 << 20;
	for (int i = 0; i < 3; i++) {
		t->most = (size_t)((char *)&self - (char *)low);
		second(t, half);
	}
	return t;
}

static int
run(const char *name, thread *t)
{
	pthread_t id;
	pthread_attr_t a;
	void *got, *stack = NULL;
	pthread_attr_init(&a);
	if (t->own)
		pthread_attr_setstack(&a, stack = aligned_alloc(4096, t->size), t->size);
	else if (t->size)
		pthread_attr_setstacksize(&a, t->size);
	if (pthread_create(&id, t->size ? &a : NULL, start, t) != 0 || pthread_join(id, &got) != 0)
		return 1;
	pthread_attr_destroy(&a);
	free(stack);
	printf("%s: %s\n", name, got == t && t->wrong == 0 ? "right" : "wrong");
	return 0;
}

int
main(void)
{
	signal(SIGUSR1, onsignal);
	thread t[] = {{2 << 20, 0, 0, NULL, 0}, {0, 0, 0, NULL, 0}, {600000, 0, 0, NULL, 0}, {2 << 20, 1, 0, NULL, 0}};
	const char *names[] = {"Ruby", "usual", "small", "own"};
	for (int i = 0; i < 4; i++)
		if (run(names[i], &t[i]) != 0)
			return 1;
	return 0;
}
