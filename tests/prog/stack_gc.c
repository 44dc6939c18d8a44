// SPDX-License-Identifier: MIT
// ldflags: -lgc
// modes: normal stackmove (in a storm main may change to a thread that the collector does not know)
// Shows that a program with the conservative collector of Boehm, Demers and Weiser keeps its
// objects. They are reached from registers, locals with an address, arrays and deep frames, while
// much memory is freed and taken again.
#include <gc.h>
#include <stdio.h>
#include <string.h>

struct node {
	struct node *next;
	int v;
	char pad[40];
};

static __attribute__((noinline)) struct node *
build(int n)
{
	struct node *head = NULL;
	for (int i = 0; i < n; i++) {
		struct node *x = GC_MALLOC(sizeof *x);
		x->next = head;
		x->v = i;
		memset(x->pad, i, sizeof x->pad);
		head = x;
		if (i % 1000 == 0)
			GC_gcollect();
	}
	return head;
}

// churn overwrites what is free.
static __attribute__((noinline)) void
churn(int n)
{
	for (int i = 0; i < n; i++) {
		struct node *x = GC_MALLOC(sizeof *x);
		x->next = NULL;
		x->v = -1;
		memset(x->pad, 0xff, sizeof x->pad);
	}
}

static long
sum(const struct node *x)
{
	long s = 0;
	for (; x; x = x->next)
		s += x->v;
	return s;
}

static int
deep(int n)
{
	struct node *mine[3];
	int wrong = 0;
	for (int i = 0; i < 3; i++)
		mine[i] = build(50);
	if (n > 0) {
		wrong = deep(n - 1);
	} else {
		GC_gcollect();
		churn(100000);
	}
	for (int i = 0; i < 3; i++)
		wrong += sum(mine[i]) != 1225;
	return wrong;
}

int
main(void)
{
	GC_INIT();
	struct node *head = build(20000);
	churn(300000);
	GC_gcollect();
	printf("%ld %d\n", sum(head), deep(100));
	printf("%ld %d\n", sum(head), GC_get_heap_size() < 100000000);
	return 0;
}
