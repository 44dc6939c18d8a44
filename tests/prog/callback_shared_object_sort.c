// SPDX-License-Identifier: MIT
// Shows that the nested sort with callbacks works with the sort in a shared object built by gcc.
// extra: foreign_sort.c=so
#include <stdio.h>

typedef int foreign_cmp(const void *, const void *, void *, long, long, long, long, int);
void foreign_sort(void *base, unsigned long n, unsigned long size, foreign_cmp *cmp, void *arg);

struct key { unsigned k; char pad[12]; };
struct ctx { unsigned calls; int depth; };

__attribute__((noinline)) static unsigned
burn(unsigned n, unsigned *acc)
{
	unsigned mine = *acc + n;

	return n ? burn(n - 1, &mine) : mine;
}

static unsigned inner(int depth);

static int
cmp(const void *a, const void *b, void *arg, long c, long d, long e, long f, int g)
{
	const struct key *x = a, *y = b;
	struct ctx *ctx = arg;
	unsigned acc = 1;

	ctx->calls++;
	if (c != 1 || d != 2 || e != 3 || f != 4 || g != 5)
		puts("arguments lost");
	if (burn(ctx->calls % 60, &acc) == 0)
		puts("never");
	if (ctx->calls == 7 && ctx->depth > 0)
		ctx->calls += inner(ctx->depth - 1) % 3;
	return (x->k > y->k) - (x->k < y->k);
}

__attribute__((noinline)) static unsigned
inner(int depth)
{
	struct key v[40];
	struct ctx ctx = { 0, depth };
	unsigned h = 0;

	for (int i = 0; i < 40; i++)
		v[i] = (struct key){ (unsigned)(i * 17 + depth * 5) % 41, "padding" };
	foreign_sort(v, 40, sizeof *v, cmp, &ctx);
	for (int i = 0; i < 40; i++) {
		if (i && v[i - 1].k > v[i].k)
			printf("depth %d: not sorted\n", depth);
		h = h * 31 + v[i].k + (unsigned char)v[i].pad[3];
	}
	return h + ctx.calls;
}

int
main(void)
{
	for (int d = 0; d < 6; d++)
		printf("%d %u\n", d, inner(d));
	return 0;
}
