// SPDX-License-Identifier: MIT
//
// generator.c - generators out of thrum_park and thrum_ready: the same-fringe problem.
//
//	thrumcc -O2 generator.c -o generator && ./generator
//
// Do two trees of different shape hold the same values in the same order? With a
// generator per tree the question is a loop: take a value of each, compare, go on.
// Each generator is a goroutine that walks its tree by plain recursion and stops in
// the middle of it when it has a value.
//
// The protocol: `full` says whose turn it is. The side that waits parks until it is its turn; the
// side that ends its turn turns `full` and makes the other ready. A ready that comes before its
// park is kept, and a park may return early because of one that was kept, so each side parks in a
// loop that looks at the state. The two sides may run at the same time, on two processors, so the
// state is atomic; what it guards, `value`, need not be.
//
// out: 1 2 3 4 5 6 7 8 9 10
// out: same fringe: yes
// out: same fringe: no

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

struct tree {
	int value;
	struct tree *left, *right;
};

struct gen {
	const struct tree *tree;
	thrum_g *maker, *taker; // whom to wake
	int value;
	atomic_bool full, done; // a value is there; no more will come
};

// yield gives a value to the taker and waits until it has been taken.
static void
yield(struct gen *gen, int value)
{
	gen->value = value;
	gen->full = true;
	thrum_ready(gen->taker);
	while (gen->full)
		thrum_park();
}

static void
walk(struct gen *gen, const struct tree *t)
{
	if (t == NULL)
		return;
	walk(gen, t->left);
	yield(gen, t->value);
	walk(gen, t->right);
}

static void
maker(void *arg)
{
	struct gen *gen = arg;
	thrum_g *taker = gen->taker;
	gen->maker = thrum_self();
	walk(gen, gen->tree);
	gen->done = true; // the last touch: the taker may drop gen now
	thrum_ready(taker);
}

// start makes *gen ready for next, in the calling goroutine.
static void
start(struct gen *gen, const struct tree *t)
{
	*gen = (struct gen){.tree = t, .taker = thrum_self()};
	if (thrum_go(maker, gen) != 0)
		abort();
}

// next takes the next value; false when there is none.
static bool
next(struct gen *gen, int *value)
{
	while (!gen->full && !gen->done)
		thrum_park();
	if (!gen->full)
		return false;
	*value = gen->value;
	gen->full = false;
	thrum_ready(gen->maker);
	return true;
}

static bool
same_fringe(const struct tree *a, const struct tree *b)
{
	struct gen ga, gb;
	int va, vb;
	bool more, same = true;
	start(&ga, a);
	start(&gb, b);
	do { // to the end in any case: both makers must be done with ga and gb
		more = next(&ga, &va);
		bool moreb = next(&gb, &vb);
		if (more != moreb || (more && va != vb))
			same = false;
		more |= moreb;
	} while (more);
	return same;
}

static struct tree *
node(int value, struct tree *left, struct tree *right)
{
	struct tree *t = malloc(sizeof *t);
	if (t == NULL)
		abort();
	*t = (struct tree){value, left, right};
	return t;
}

// balanced and leaning trees of lo..hi
static struct tree *
balanced(int lo, int hi)
{
	int mid = (lo + hi) / 2;
	return lo > hi ? NULL : node(mid, balanced(lo, mid - 1), balanced(mid + 1, hi));
}

static struct tree *
leaning(int lo, int hi)
{
	struct tree *t = NULL;
	for (; lo <= hi; lo++)
		t = node(lo, t, NULL);
	return t;
}

int
main(void)
{
	struct gen gen;
	int value;
	start(&gen, balanced(1, 10));
	for (const char *gap = ""; next(&gen, &value); gap = " ")
		printf("%s%d", gap, value);
	printf("\n");
	printf("same fringe: %s\n", same_fringe(balanced(1, 500), leaning(1, 500)) ? "yes" : "no");
	printf("same fringe: %s\n", same_fringe(balanced(1, 500), leaning(1, 499)) ? "yes" : "no");
	return 0;
}
