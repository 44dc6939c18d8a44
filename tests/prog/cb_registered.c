// SPDX-License-Identifier: MIT
// Shows that a callback registered in one foreign call may be called in a later one, from other
// depths, with pointers to the registrar's locals.
// extra: cb_registered_x.c=gcc
#include <stdio.h>
#include <string.h>

void reg(int slot, int (*fn)(void *, int), void *arg);
int fire(int slot, int v);
int fire_all(int v);

struct box { int hits; char name[20]; int (*next)(void *, int); };

static int
hit(void *arg, int v)
{
	struct box *b = arg;
	char t[30];
	snprintf(t, sizeof t, "%s:%d", b->name, v);
	b->hits++;
	return (int)strlen(t) + (b->next ? b->next(arg, v) : 0);
}

static int
chain(void *arg, int v)
{
	struct box *b = arg;
	b->hits += 100;
	return v > 0 ? fire(1, v - 1) + 1 : 0;
}

__attribute__((noinline)) static int
nest(int n, int *total)
{
	struct box b = { 0, "", NULL };
	snprintf(b.name, sizeof b.name, "box%d", n);
	reg(0, hit, &b);
	int r = fire(0, n);
	if (n > 0)
		r += nest(n - 1, total);
	reg(0, hit, &b); // the inner frames are gone
	r += fire_all(n);
	*total += b.hits;
	return r;
}

int
main(void)
{
	int total = 0;
	struct box own = { 0, "own", hit };
	own.next = NULL;
	reg(1, hit, &own);
	int r = nest(60, &total);
	reg(1, chain, &own);
	r += fire(1, 40);
	printf("%d %d %d\n", r, total, own.hits);
	return 0;
}
