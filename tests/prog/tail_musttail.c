// SPDX-License-Identifier: MIT
// Shows that fifty thousand musttail calls each between and within functions run in constant stack,
// with stack arguments and with pointers to a caller's local.
#include <stdio.h>

struct st { unsigned long h; unsigned count[3]; };

static unsigned long fa(struct st *s, unsigned n, unsigned long h);
static unsigned long fb(struct st *s, unsigned n, unsigned long h);
static unsigned long fc(struct st *s, unsigned n, unsigned long h);

__attribute__((noinline)) static unsigned long
fa(struct st *s, unsigned n, unsigned long h)
{
	s->count[0]++;
	if (n == 0)
		return h;
	__attribute__((musttail)) return (n % 3 == 0 ? fb : fc)(s, n - 1, h * 31 + n);
}

__attribute__((noinline)) static unsigned long
fb(struct st *s, unsigned n, unsigned long h)
{
	s->count[1]++;
	if (n == 0)
		return h + 1;
	__attribute__((musttail)) return fc(s, n - 1, h ^ n << 7);
}

__attribute__((noinline)) static unsigned long
fc(struct st *s, unsigned n, unsigned long h)
{
	s->count[2]++;
	s->h ^= h;
	if (n == 0)
		return h + 2;
	__attribute__((musttail)) return fa(s, n - 1, h + s->h % 7);
}

__attribute__((noinline)) static unsigned long
many(unsigned a, unsigned b, unsigned c, unsigned d, unsigned e, unsigned f, unsigned g, double x, unsigned h, unsigned n)
{
	if (n == 0)
		return a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + (unsigned)x;
	__attribute__((musttail)) return many(b, c, d, e, f, g, h + n, x * 0.5 + n, a, n - 1);
}

// A function with an address-taken local of its own, dead by the time of the tail call.
__attribute__((noinline)) static void
inc(unsigned *p)
{
	++*p;
}

__attribute__((noinline)) static unsigned long
local(unsigned n, unsigned long h)
{
	unsigned mine = n;

	inc(&mine);
	h = h * 3 + mine;
	if (n == 0)
		return h;
	__attribute__((musttail)) return local(n - 1, h);
}

int
main(void)
{
	struct st s = { 1, { 0 } };

	printf("%lu", fa(&s, 50000, 1));
	printf(" %lu %u %u %u\n", s.h, s.count[0], s.count[1], s.count[2]);
	printf("%lu\n", many(1, 2, 3, 4, 5, 6, 7, 8, 9, 50000));
	printf("%lu\n", local(50000, 1));
	return 0;
}
