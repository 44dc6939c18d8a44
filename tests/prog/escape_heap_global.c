// SPDX-License-Identifier: MIT
// Shows that addresses of locals stored in malloc'ed blocks, in globals and in a hash table stay
// good 1000 frames deeper.
#include <stdio.h>
#include <stdlib.h>

struct reg {
	struct reg *next;
	int *where;
	int want;
};

static struct reg *table[16];
static int *global_slots[64];
static struct reg **global_head;

__attribute__((noinline)) static void
note(int *p, int key)
{
	struct reg *r = malloc(sizeof *r);

	r->where = p;
	r->want = *p;
	r->next = table[key & 15];
	table[key & 15] = r;
	global_slots[key & 63] = p;
}

__attribute__((noinline)) static int
sweep(int add)
{
	int n = 0;

	for (int i = 0; i < 16; i++)
		for (struct reg *r = table[i]; r; r = r->next) {
			if (*r->where != r->want)
				printf("lost: %d, not %d\n", *r->where, r->want);
			*r->where += add;
			r->want += add;
			n++;
		}
	return n;
}

__attribute__((noinline)) static int
dive(int depth)
{
	int mine[3] = { depth, depth * 2, depth * 3 }, n = 0;
	struct reg *head = table[depth & 15];

	note(&mine[depth % 3], depth);
	global_head = &head;
	if (depth == 0)
		n = sweep(5);
	else
		n = dive(depth - 1);
	if (depth % 250 == 0)
		sweep(1);
	head = table[depth & 15];
	table[depth & 15] = head->next;
	free(head);
	return n + mine[0] + mine[1] + mine[2];
}

int
main(void)
{
	int keep = 77;

	note(&keep, 5);
	for (int d = 1000; d >= 10; d /= 3) {
		int r = dive(d);
		printf("%d: %d %d\n", d, r, keep);
	}
	printf("%d\n", *table[5]->where == keep && global_head != NULL);
	free(table[5]);
	return 0;
}
