// SPDX-License-Identifier: MIT
// Shows that compound literals whose address is taken keep their values: as arguments, in loops,
// nested in initialisers, alive to the end of their block.
#include <stdio.h>

struct node { int v; const struct node *l, *r; };
struct opt { const char *name; int n, *counts; };

__attribute__((noinline)) static int
total(const struct node *n)
{
	return n ? n->v + 2 * total(n->l) + 3 * total(n->r) : 0;
}

__attribute__((noinline)) static int
count(struct opt o)
{
	int s = 0;

	for (int i = 0; i < o.n; i++)
		s += o.counts[i]++ * (i + 1);
	return s + o.name[0];
}

__attribute__((noinline)) static int
level(int depth, const struct node *up)
{
	const struct node *tree = &(struct node){ depth, &(struct node){ depth + 1, up, 0 }, &(struct node){ depth + 2, 0,
	    &(struct node){ .v = 5 } } };
	int *p = (int[]){ depth, 2, 3, [6] = 7 }, s = 0;

	for (int i = 0; i < 3; i++) {
		int *q = (int[4]){ i, i + depth };
		q[3] += 4;
		s += count((struct opt){ .n = 4, .counts = q, .name = (char[]){ 'a', 'b', 0 } });
		s += q[0] + q[3];
	}
	if (depth > 0)
		s += level(depth - 1, &(struct node){ s % 100, depth % 10 ? 0 : tree, 0 });
	s += total(tree) + p[0] + p[6] + p[5];
	return s % 100003;
}

int
main(void)
{
	for (int d = 0; d < 1200; d = d * 3 + 1)
		printf("%d\n", level(d, NULL));
	printf("%d\n", count((struct opt){ "z", 2, (int[]){ 10, 20 } }));
	return 0;
}
