// SPDX-License-Identifier: MIT
// Shows that a by-value argument is the callee's own: its address is stored, changed by children,
// and the caller's copy stays.
#include <stdio.h>
#include <string.h>

struct big {
	int id;
	struct big *self, *parent;
	long v[20];
};

static struct big *latest;

__attribute__((noinline)) static void
scribble(struct big *b)
{
	for (struct big *p = b; p; p = p->parent)
		p->v[p->id % 20]++;
}

__attribute__((noinline)) static long
nest(struct big b, int depth)
{
	struct big original = b;
	long sum = 0;

	b.parent = latest;
	b.self = &b;
	b.id = depth;
	latest = &b;
	if (depth > 0) {
		struct big give = b;
		sum = nest(give, depth - 1);
		if (memcmp(&give.v, &original.v, sizeof give.v) || give.id != depth)
			printf("depth %d: copy given away has changed\n", depth);
	}
	if (depth % 64 == 0)
		scribble(&b);
	if (b.self != &b || latest != &b)
		printf("depth %d: not my address\n", depth);
	latest = b.parent;
	for (int i = 0; i < 20; i++)
		sum = (sum * 3 + b.v[i] - original.v[i] + b.v[i] % 5) % 1000000007;
	return sum;
}

int
main(void)
{
	struct big b = { 0 };

	for (int i = 0; i < 20; i++)
		b.v[i] = i * i;
	for (int d = 1; d < 1400; d *= 5)
		printf("%d %ld\n", d, nest(b, d));
	return 0;
}
