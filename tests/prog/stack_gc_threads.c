// SPDX-License-Identifier: MIT
// ldflags: -lgc
// modes: normal stackmove (in a storm main may change to a thread that the collector does not know)
// Shows that a conservative collector that stops threads by signals and scans their stacks works.
// It keeps the objects that threads reach by locals with an address only, while others allocate.
// The library, built by gcc, creates the threads and calls back.
#define GC_THREADS
#include <gc.h>
#include <stdio.h>
#include <string.h>

#define THREADS 4

struct node {
	struct node *next;
	int v;
	char pad[40];
};

static __attribute__((noinline)) void
push(struct node **to, int v)
{
	struct node *x = GC_MALLOC(sizeof *x);
	x->next = *to;
	x->v = v;
	memset(x->pad, v, sizeof x->pad);
	*to = x;
}

static __attribute__((noinline)) long
sum(struct node *const *lists, int n)
{
	long s = 0;
	for (int i = 0; i < n; i++)
		for (const struct node *x = lists[i]; x; x = x->next)
			s += x->v == x->pad[7] ? x->v : 1000000;
	return s;
}

// deep keeps ten lists in each of its calls, and churns at the end.
static int
deep(int depth)
{
	struct node *lists[10] = {0};
	int wrong = 0;
	for (int i = 0; i < 10; i++)
		for (int v = 0; v < 10; v++)
			push(&lists[i], v);
	if (depth > 0) {
		wrong = deep(depth - 1);
	} else {
		struct node *junk = NULL;
		for (int i = 0; i < 100000; i++) {
			push(&junk, 100);
			if (i % 20 == 0)
				junk = NULL;
		}
		GC_gcollect();
	}
	return wrong + (sum(lists, 10) != 450);
}

static void *
thread(void *arg)
{
	return (void *)(long)deep((int)(long)arg);
}

int
main(void)
{
	GC_INIT();
	GC_allow_register_threads();
	pthread_t t[THREADS];
	int wrong = 0;
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&t[i], NULL, thread, (void *)(long)(i * 20)) != 0)
			return 1;
	wrong += deep(30);
	for (int i = 0; i < THREADS; i++) {
		void *w;
		pthread_join(t[i], &w);
		wrong += (int)(long)w;
	}
	printf("%d wrong, collected: %d\n", wrong, GC_get_gc_no() > 4);
	return 0;
}
