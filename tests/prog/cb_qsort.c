// SPDX-License-Identifier: MIT
// Shows that comparators called by qsort, qsort_r and bsearch may recurse deeply and use their
// caller's locals.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ctx { int calls; int weight[8]; };

__attribute__((noinline)) static long
weigh(const char *s, int n)
{
	char copy[64];
	strcpy(copy, s);
	return n == 0 ? copy[0] : weigh(copy, n - 1) + copy[n % strlen(copy)];
}

static int
by_weight(const void *a, const void *b, void *arg)
{
	struct ctx *c = arg;
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	long wx = weigh(x, 200) * c->weight[0], wy = weigh(y, 200) * c->weight[0];
	c->calls++;
	return wx != wy ? (wx > wy) - (wx < wy) : strcmp(x, y);
}

static int
by_int(const void *a, const void *b)
{
	int x, y;
	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

int
main(void)
{
	const char *names[] = { "oak", "ash", "birch", "elm", "lime", "yew", "rowan", "holly", "maple", "cedar", "larch", "fir" };
	struct ctx c = { 0, { 1, 2, 3 } };
	int v[200], n = 200;
	qsort_r(names, 12, sizeof names[0], by_weight, &c);
	for (int i = 0; i < 12; i++)
		printf("%s ", names[i]);
	printf("%s\n", c.calls > 10 ? "many calls" : "few calls");
	for (int i = 0; i < n; i++)
		v[i] = i * 7919 % 1009;
	qsort(v, (size_t)n, sizeof v[0], by_int);
	int found = 0;
	for (int i = 0; i < 1009; i++) {
		int *p = bsearch(&i, v, (size_t)n, sizeof v[0], by_int);
		if (p)
			found += *p == i;
	}
	for (int i = 1; i < n; i++)
		if (v[i - 1] >= v[i])
			return 1;
	printf("found %d\n", found);
	return 0;
}
