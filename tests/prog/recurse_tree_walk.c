// SPDX-License-Identifier: MIT
// Shows that a tree 900 levels deep, with nodes in frames, can be built while recursing and walked
// by callbacks that get pointers to locals.
#include <stdio.h>

struct tree {
	struct tree *l, *r, *parent;
	unsigned key;
};

typedef void visit(const struct tree *, void *);

__attribute__((noinline)) static void
each(const struct tree *t, visit *fn, void *arg)
{
	if (!t)
		return;
	each(t->l, fn, arg);
	fn(t, arg);
	each(t->r, fn, arg);
}

struct acc {
	unsigned n, h;
	const struct tree *last;
};

static void
add(const struct tree *t, void *arg)
{
	struct acc *a = arg;

	a->n++;
	a->h = (a->h ^ t->key) * 16777619u;
	if (t->parent && t->parent->l != t && t->parent->r != t)
		puts("parent does not know its child");
	a->last = t;
}

static void
grow(struct tree *root, struct tree *parent, unsigned depth)
{
	struct tree leaf = { 0, 0, parent, depth * 7 }, me = { 0, 0, parent, depth * 3 };

	if (depth & 1) {
		parent->l = &leaf;
		parent->r = &me;
	} else {
		parent->l = &me;
		parent->r = &leaf;
	}
	if (depth > 0) {
		grow(root, &me, depth - 1);
	} else {
		struct acc a = { 0, 2166136261u, 0 };
		each(root, add, &a);
		printf("%u nodes, hash %08x, last key %u\n", a.n, a.h, a.last->key);
	}
	parent->l = parent->r = NULL;
}

int
main(void)
{
	struct tree root = { 0, 0, 0, 42 };

	grow(&root, &root, 10);
	grow(&root, &root, 300);
	grow(&root, &root, 900);
	return 0;
}
