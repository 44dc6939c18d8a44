// SPDX-License-Identifier: MIT
// Shows that local structs that point to themselves, to each other and into each other's arrays
// survive deep calls.
#include <stdio.h>

struct ring {
	struct ring *prev, *next;
	int *pick, v[6];
	struct ring *self;
};

static void
insert(struct ring *at, struct ring *n)
{
	n->prev = at;
	n->next = at->next;
	at->next->prev = n;
	at->next = n;
}

static void
take(struct ring *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
}

__attribute__((noinline)) static long
go(struct ring *head, int depth)
{
	struct ring a = { .self = &a, .pick = a.v }, b = { .self = &b, .pick = a.v + depth % 6 };
	long sum = 0;

	for (int i = 0; i < 6; i++)
		a.v[i] = depth + i, b.v[i] = depth - i;
	a.pick = &b.v[5 - depth % 6];
	insert(head, &a);
	insert(&a, &b);
	if (depth > 0) {
		sum = go(depth % 2 ? &b : head, depth - 1);
	} else {
		struct ring *r = head;
		do {
			if (r->self != r || r->next->prev != r)
				puts("ring is broken");
			sum = (sum * 3 + ++*r->pick) % 1000000007;
			r = r->next;
		} while (r != head);
	}
	sum = (sum * 7 + *a.pick + *b.pick) % 1000000007;
	take(&b);
	take(&a);
	return sum;
}

int
main(void)
{
	int one = 0;
	struct ring head = { &head, &head, &one, { 0 }, &head };

	for (int d = 1; d <= 1600; d *= 4)
		printf("%ld\n", go(&head, d));
	printf("%d %d\n", one, head.next == &head && head.prev == &head);
	return 0;
}
