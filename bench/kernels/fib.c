// SPDX-License-Identifier: MIT
//
// fib.c - kernel: recursion of tiny functions, the worst case for a check per call.

#include "kernel.h"

BENCH_NOINLINE static uint64_t
fib(unsigned n)
{
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static uint64_t
kernel(void)
{
	return fib(24);
}

KERNEL_MAIN("fib")
