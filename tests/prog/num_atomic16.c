// SPDX-License-Identifier: MIT
//
// Shows that atomic accesses without an instruction for them work: 16 bytes without -mcx16, and
// unaligned ones. They are calls of libatomic, some with addresses of locals.
//
// cflags: -Wno-atomic-alignment
// ldflags: -latomic

#include <stdatomic.h>
#include <stdio.h>

typedef __int128 ti;
typedef struct {
	long a, b;
} pair;

static _Atomic ti wide;
static _Atomic pair both;
static struct __attribute__((packed)) {
	char c;
	_Atomic int i;
	_Atomic long l;
} odd;

static __attribute__((noinline)) long
down(long n)
{
	ti old = 5 * n;
	wide += n;
	wide ^= (ti)n << 70;
	if (!atomic_compare_exchange_strong(&wide, &old, n))
		atomic_fetch_sub(&wide, 3);
	pair p = both;
	p.a += n;
	p.b ^= p.a;
	both = p;
	odd.i += (int)n;
	long l = atomic_exchange(&odd.l, n);
	atomic_fetch_or(&odd.l, l & 0xff);
	return n == 0 ? (long)old : down(n - 1) + (long)(old >> 64) + l;
}

int
main(void)
{
	long r = down(400);
	pair p = both;
	printf("%ld %lx %lx %ld %ld %d %ld\n", r, (long)wide, (long)(wide >> 64), p.a, p.b, odd.i, odd.l);
	return 0;
}
