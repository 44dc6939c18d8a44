// SPDX-License-Identifier: MIT
// Shows that sibling calls work that an optimiser may turn into jumps: results and arguments stay
// right beside frames with live locals.
#include <stdio.h>

struct big { long v[12]; };

static unsigned odd(unsigned n, unsigned *count);

__attribute__((noinline)) static unsigned
even(unsigned n, unsigned *count)
{
	++*count;
	return n == 0 ? 1 : odd(n - 1, count);
}

__attribute__((noinline)) static unsigned
odd(unsigned n, unsigned *count)
{
	++*count;
	return n == 0 ? 0 : even(n - 1, count);
}

__attribute__((noinline)) static long
sum(const struct big *b, int n, long acc)
{
	for (int i = 0; i < 12; i++)
		acc = (acc * 3 + b->v[i]) % 1000003;
	if (n == 0)
		return acc;
	struct big next = *b;
	next.v[n % 12] += n;
	// next is alive during this call, which therefore must not become a jump that drops it.
	return sum(&next, n - 1, acc);
}

__attribute__((noinline)) static struct big
make(struct big b, int n)
{
	b.v[n % 12] = n;
	return n == 0 ? b : make(b, n - 1);
}

__attribute__((noinline)) static long
last(const long *p, long **out)
{
	**out += *p;
	return *p;
}

__attribute__((noinline)) static long
chain(long v, long *out)
{
	long mine = v * 2;

	return last(&mine, &out);
}

int
main(void)
{
	unsigned c = 0;
	struct big b = { { 0 } };
	long t = 0;

	printf("%u", even(2500, &c));
	printf(" %u", odd(2500, &c));
	printf(" %u\n", c);
	printf("%ld\n", sum(&b, 900, 1));
	b = make(b, 1000);
	printf("%ld %ld\n", b.v[0], b.v[11]);
	for (int i = 0; i < 10; i++) {
		long r = chain(i, &t);
		t += r % 5;
	}
	printf("%ld\n", t);
	return 0;
}
