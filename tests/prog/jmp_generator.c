// SPDX-License-Identifier: MIT
// Shows that a generator which leaves a tree walk by longjmp at every item, and walks in again,
// yields each item once.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

struct node { int key; struct node *l, *r; };
struct gen { jmp_buf out; int skip, at, value; };

static struct node *
insert(struct node *t, int k)
{
	struct node **pp = &t, *top;
	while (*pp)
		pp = k < (*pp)->key ? &(*pp)->l : &(*pp)->r;
	*pp = calloc(1, sizeof **pp);
	(*pp)->key = k;
	top = t;
	return top;
}

__attribute__((noinline)) static void
walk(struct gen *g, const struct node *t)
{
	struct node copy;
	if (!t)
		return;
	copy = *t;
	struct node *volatile p = &copy;
	walk(g, p->l);
	if (g->at++ == g->skip) {
		g->value = p->key;
		longjmp(g->out, 1);
	}
	walk(g, p->r);
}

static int
next(struct gen *g, const struct node *t)
{
	g->at = 0;
	if (setjmp(g->out)) {
		g->skip++;
		return 1;
	}
	walk(g, t);
	return 0;
}

static void
drop(struct node *t)
{
	if (t) {
		drop(t->l);
		drop(t->r);
		free(t);
	}
}

int
main(void)
{
	struct node *t = NULL;
	for (int i = 0; i < 60; i++)
		t = insert(t, i * 23 % 61);
	struct gen g = { .skip = 0 };
	int n = 0, last = -1, ok = 1;
	while (next(&g, t)) {
		ok &= g.value > last;
		last = g.value;
		n++;
	}
	printf("%d items, last %d, %s\n", n, last, ok ? "in order" : "out of order");
	drop(t);
	return 0;
}
