// SPDX-License-Identifier: MIT
// Shows that Ackermann's function works with its arguments and its call counter read through
// pointers to locals.
#include <stdio.h>

struct call {
	unsigned m, n;
	unsigned *calls;
	unsigned depth, *max;
};

__attribute__((noinline)) static unsigned
ack(const struct call *c)
{
	struct call in = *c;

	++*c->calls;
	in.depth++;
	if (in.depth > *in.max)
		*in.max = in.depth;
	if (c->m == 0)
		return c->n + 1;
	in.m = c->m - 1;
	if (c->n == 0) {
		in.n = 1;
		return ack(&in);
	}
	{
		struct call inner = *c;

		inner.n--;
		inner.depth++;
		in.n = ack(&inner);
	}
	return ack(&in);
}

int
main(void)
{
	for (unsigned m = 0; m <= 2; m++)
		for (unsigned n = 0; n < 12; n++) {
			unsigned calls = 0, max = 0;
			struct call c = { m, n, &calls, 0, &max };
			unsigned r = ack(&c);
			printf("A(%u,%u)=%u calls %u depth %u\n", m, n, r, calls, max);
		}
	unsigned calls = 0, max = 0;
	struct call c = { 3, 4, &calls, 0, &max };
	printf("A(3,4)=%u", ack(&c));
	printf(" calls %u depth %u\n", calls, max);
	return 0;
}
