// SPDX-License-Identifier: MIT
// Shows that a callback may clobber every callee-saved register without the foreign caller
// noticing, and the other way round.
// extra: cb_regs_x.c=gcc
#include <stdio.h>

long foreign_keep(long (*fn)(long), long n);
long foreign_clobber(long x);

__attribute__((noinline)) static long
busy(long n)
{
	long a = n, b = n + 1, c = n + 2, d = n + 3, e = n + 4, f = n + 5, g = n + 6, h = n + 7;
	for (int i = 0; i < 5; i++) {
		a += foreign_clobber(h); b ^= a; c += b; d -= c; e += d; f ^= e; g += f; h -= g;
	}
	return (a ^ b ^ c ^ d ^ e ^ f ^ g ^ h) & 0xffff;
}

static long
cb(long n)
{
	long x = n;
	long *volatile p = &x;
	long r = busy(n) + *p;
	if (n > 0)
		r += foreign_keep(cb, n - 1);
	return r;
}

int
main(void)
{
	printf("%ld\n", foreign_keep(cb, 60));
	return 0;
}
