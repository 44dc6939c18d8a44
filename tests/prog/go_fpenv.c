// SPDX-License-Identifier: MIT
// Shows that rounding mode, MXCSR flush-to-zero and the x87 control word belong to the goroutine:
// kept over yields, not leaked to others.
// ldflags: -lm
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <fenv.h>

#include "extra/check.h"

static thrum_wg wg;

static unsigned
mxcsr(void)
{
	unsigned m;
	__asm__ volatile("stmxcsr %0" : "=m"(m));
	return m & ~0x3fu; // without the sticky flags
}

static void
set_mxcsr(unsigned m)
{
	__asm__ volatile("ldmxcsr %0" : : "m"(m));
}

static unsigned short
x87cw(void)
{
	unsigned short c;
	__asm__ volatile("fnstcw %0" : "=m"(c));
	return c;
}

__attribute__((noinline)) static int
deep(int n)
{
	char b[40];
	memset(b, n, sizeof b);
	char *volatile p = b;
	if (n % 10 == 0)
		thrum_yield();
	return n ? deep(n - 1) + (p[39] == (char)n) : 0;
}

static void
rounding(void *arg)
{
	static const int modes[4] = { FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO };
	int m = modes[(intptr_t)arg % 4];
	volatile double one = 1.0, three = 3.0;
	CHECK(fegetround() == FE_TONEAREST);
	CHECK(fesetround(m) == 0);
	double q = one / three;
	for (int i = 0; i < 20; i++) {
		CHECK(deep(30) == 30);
		CHECK(fegetround() == m && one / three == q);
	}
	thrum_wg_done(&wg);
}

static void
flush(void *arg)
{
	unsigned base = mxcsr();
	unsigned m = (intptr_t)arg & 1 ? base | 0x8000 : base | 0x0040;
	unsigned short cw = x87cw(), c2 = (unsigned short)((cw & ~0x300) | 0x200), got;
	CHECK((base & 0x8040) == 0);
	set_mxcsr(m);
	__asm__ volatile("fldcw %0" : : "m"(c2));
	for (int i = 0; i < 20; i++) {
		CHECK(deep(20) == 20);
		CHECK(mxcsr() == m);
		got = x87cw();
		CHECK(got == c2);
	}
	thrum_wg_done(&wg);
}

int
main(void)
{
	unsigned m = mxcsr();
	unsigned short c = x87cw();
	thrum_wg_add(&wg, 24);
	for (int i = 0; i < 16; i++)
		CHECK(thrum_go(rounding, (void *)(intptr_t)i) == 0);
	for (int i = 0; i < 8; i++)
		CHECK(thrum_go(flush, (void *)(intptr_t)i) == 0);
	for (int i = 0; i < 50; i++) {
		thrum_yield();
		CHECK(mxcsr() == m && x87cw() == c && fegetround() == FE_TONEAREST);
	}
	thrum_wg_wait(&wg);
	CHECK(mxcsr() == m && x87cw() == c);
	puts("ok");
	return 0;
}
