// SPDX-License-Identifier: MIT
// Shows that results through pointers, pointers to pointers and pointers to function pointers, five
// levels of indirection.
#include <stdio.h>

typedef int op(int, int *);

static int add(int a, int *b) { *b += a; return *b; }
static int sub(int a, int *b) { *b -= a; return *b; }
static int mul(int a, int *b) { *b = (int)((unsigned)*b * (unsigned)a % 10007); return *b; }

__attribute__((noinline)) static void
choose(op **out, int which)
{
	static op *const ops[] = { add, sub, mul };

	*out = ops[which % 3];
}

__attribute__((noinline)) static int
apply(int *****p, op ***f, int depth)
{
	int ****p4 = *p, ***p3 = *p4, **p2 = *p3, *p1 = *p2, r;
	int shadow = *p1;
	op *mine;

	choose(&mine, depth);
	r = (**f)(depth, p1);
	mine(depth, &shadow);
	if (depth > 0) {
		op **pm = &mine;
		p2 = &p1, p3 = &p2, p4 = &p3;
		r += apply(&p4, &pm, depth - 1);
	}
	if (****p4 != *p1)
		printf("depth %d: chain broken\n", depth);
	return (r + shadow) % 10007;
}

int
main(void)
{
	int v = 3, *p1 = &v, **p2 = &p1, ***p3 = &p2, ****p4 = &p3;
	op *f = add, **pf = &f;

	for (int d = 0; d < 2000; d = d * 2 + 5) {
		int r = apply(&p4, &pf, d);
		printf("%d %d\n", r, v);
	}
	return 0;
}
