// SPDX-License-Identifier: MIT
// Shows that the rounding mode set by a caller holds in 300 deep frames and calls of libm, changes
// nest, and flags stay raised.
// cflags: -frounding-math -ffp-contract=off
#include <fenv.h>
#include <math.h>
#include <stdio.h>

#pragma STDC FENV_ACCESS ON

static const int modes[] = { FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO };

__attribute__((noinline)) static double
third(volatile double x)
{
	volatile double three = 3;

	return x / three;
}

__attribute__((noinline)) static int
level(int depth, char *trace)
{
	int mode = modes[depth % 4], old = fegetround(), bad = 0;
	char room[64];
	volatile double up, near;

	fesetround(mode);
	near = third(1.0);
	up = rint(2.5 + depth % 2);
	snprintf(room, sizeof room, "%d", depth);
	if (depth > 0)
		bad = level(depth - 1, room);
	if (fegetround() != mode || near != third(1.0) || up != rint(2.5 + depth % 2))
		bad++;
	if (depth == 2 || depth == 3)
		printf("%d %a %g %ld\n", depth, near, up, lrint(-2.5));
	fesetround(old);
	trace[0] = (char)('0' + bad % 10);
	return bad;
}

__attribute__((noinline)) static int
flags(int depth)
{
	volatile double zero = 0, one = 1;
	fenv_t env;
	int got;

	if (depth > 0)
		return flags(depth - 1);
	feclearexcept(FE_ALL_EXCEPT);
	feholdexcept(&env);
	one = one / zero;
	got = fetestexcept(FE_DIVBYZERO) != 0;
	feclearexcept(FE_ALL_EXCEPT);
	zero = sqrt(-1.0 - zero);
	got = got * 2 + (fetestexcept(FE_INVALID) != 0);
	feupdateenv(&env);
	return got * 2 + (fetestexcept(FE_INVALID) != 0);
}

int
main(void)
{
	char t[64];

	printf("%d\n", level(300, t));
	printf("%d\n", fegetround() == FE_TONEAREST);
	printf("%d\n", flags(200));
	return 0;
}
