// SPDX-License-Identifier: MIT
// Shows that rounding modes and sticky exceptions belong to the goroutine, however often it is
// stopped in the middle of computing.
// thrum-only
// env: THRUM_PROCS=2 THRUM_DEBUG=preemptstorm=20
// levels: O0 O2
// cflags: -frounding-math
// out: ok
#include <fenv.h>
#include "extra/storm.h"

static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};

__attribute__((noinline)) static double
thirds(double x)
{
	volatile double one = 1, three = 3, s = x;
	for (int i = 0; i < 5000; i++)
		s = s + one / three;
	return s;
}

__attribute__((noinline)) static long double
sevenths(long double x)
{
	volatile long double one = 1, seven = 7, s = x;
	for (int i = 0; i < 5000; i++)
		s = s + one / seven;
	return s;
}

static void
worker(void *arg)
{
	long id = (long)arg;
	CHECK(fesetround(modes[id % 4]) == 0);
	double want = thirds(1);
	long double wantl = sevenths(1);
	while (!enough(500)) {
		CHECK(fegetround() == modes[id % 4]);
		feclearexcept(FE_ALL_EXCEPT);
		CHECK(thirds(1) == want);
		CHECK(sevenths(1) == wantl);
		CHECK(fetestexcept(FE_ALL_EXCEPT) == FE_INEXACT);
		feclearexcept(FE_ALL_EXCEPT);
		volatile double z = 0, one = 1;
		if (id & 4)
			z = one / z;
		for (volatile int i = 0; i < 3000; i++)
			;
		CHECK(fetestexcept(FE_ALL_EXCEPT) == (id & 4 ? FE_DIVBYZERO : 0));
	}
	thrum_wg_done(&wg);
}

int
main(void)
{
	alarm(100);
	each(8, worker);
	puts("ok");
	return 0;
}
