// SPDX-License-Identifier: MIT
//
// tak.c - kernel: recursion with three arguments, and Ackermann's deep one.

#include "kernel.h"

BENCH_NOINLINE static int
tak(int x, int y, int z)
{
	return y >= x ? z : tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

BENCH_NOINLINE static unsigned
ackermann(unsigned m, unsigned n)
{
	if (m == 0)
		return n + 1;
	return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static uint64_t
kernel(void)
{
	return kernel_mix((uint64_t)tak(14, 8, 2), ackermann(2, 120));
}

KERNEL_MAIN("tak")
