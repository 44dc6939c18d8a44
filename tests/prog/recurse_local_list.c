// SPDX-License-Identifier: MIT
// Shows that a linked list whose nodes are locals of 2000 frames is walked, from the deepest frame
// and on every way back.
#include <stdio.h>

struct node {
	struct node *up;
	unsigned val, sum;
};

static unsigned
walk(struct node *n)
{
	unsigned h = 2166136261u;

	for (; n; n = n->up)
		h = (h ^ n->val) * 16777619u;
	return h;
}

__attribute__((noinline)) static unsigned
down(struct node *up, unsigned depth)
{
	struct node me = { up, depth * 2654435761u, 0 };
	unsigned r;

	if (depth == 0) {
		for (struct node *n = &me; n; n = n->up)
			n->sum = n->val ^ 0x5a5a5a5a;
		return walk(&me);
	}
	r = down(&me, depth - 1);
	if (me.sum != (me.val ^ 0x5a5a5a5a) || me.up != up)
		printf("node of depth %u is damaged\n", depth);
	if (depth % 100 == 0)
		r = r * 31 + walk(&me);
	return r + me.sum;
}

int
main(void)
{
	printf("%u\n", down(NULL, 2000));
	printf("%u\n", down(NULL, 1));
	printf("%u\n", down(NULL, 777));
	return 0;
}
