// SPDX-License-Identifier: MIT
// Shows that tsearch, tfind, twalk_r and tdestroy call back correctly with keys that live in main's
// frame.
#define _GNU_SOURCE
#include <search.h>
#include <stdio.h>
#include <stdlib.h>

static int
cmp(const void *a, const void *b)
{
	volatile int x[2] = { *(const int *)a, *(const int *)b };
	return (x[0] > x[1]) - (x[0] < x[1]);
}

struct seen { int n, last, ordered; };

static void
visit(const void *node, VISIT which, void *arg)
{
	struct seen *s = arg;
	int key = **(int *const *)node;
	if (which == postorder || which == leaf) {
		s->ordered &= key > s->last;
		s->last = key;
		s->n++;
	}
}

static int sum, lvl;

static void
visit2(const void *node, VISIT which, int level)
{
	char b[100];
	snprintf(b, sizeof b, "%d", **(int *const *)node);
	if (which == postorder || which == leaf)
		sum += atoi(b);
	if (level > lvl)
		lvl = level;
}

static void
drop(void *p)
{
	int *volatile q = p;
	*q = 0;
}

int
main(void)
{
	int keys[300];
	void *root = NULL;
	for (int i = 0; i < 300; i++) {
		keys[i] = i * 113 % 307 + 1;
		int **p = tsearch(&keys[i], &root, cmp);
		if (*p != &keys[i])
			return 1;
	}
	struct seen s = { 0, -1, 1 };
	twalk_r(root, visit, &s);
	twalk(root, visit2);
	printf("%d %d %d sum %d deep %d\n", s.n, s.last, s.ordered, sum, lvl > 5);
	int missing = 0;
	for (int k = 1; k <= 307; k++)
		missing += tfind(&k, &root, cmp) == NULL;
	for (int i = 0; i < 100; i++)
		tdelete(&keys[i], &root, cmp);
	tdestroy(root, drop);
	int zeros = 0;
	for (int i = 0; i < 300; i++)
		zeros += keys[i] == 0;
	printf("missing %d zeros %d\n", missing, zeros);
	return 0;
}
