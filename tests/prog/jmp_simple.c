// SPDX-License-Identifier: MIT
// Shows that longjmp returns to setjmp in the same and in the calling function with every live
// local intact.
#include <setjmp.h>
#include <stdio.h>

static jmp_buf env;

__attribute__((noinline)) static void
thrower(int v, volatile int *where)
{
	char buf[200];
	snprintf(buf, sizeof buf, "throw %d", v);
	puts(buf);
	*where += v;
	longjmp(env, v);
}

int
main(void)
{
	volatile int round = 0;
	volatile int sum = 0;
	volatile int *ps = &sum;
	// Never written again: live over the jump.
	long a = 11, b = 22, c = 33, d = 44, e = 55, f = 66;
	int r = setjmp(env);
	printf("r=%d round=%d sum=%d %ld %ld %ld %ld %ld %ld\n", r, round, *ps, a, b, c, d, e, f);
	if (round < 5) {
		round++;
		thrower(round, ps);
	}
	// Value 0 arrives as 1.
	static int zero_done;
	r = setjmp(env);
	if (!zero_done) {
		zero_done = 1;
		longjmp(env, 0);
	}
	printf("zero arrives as %d\n", r);
	if ((r = setjmp(env)) == 0)
		longjmp(env, -7);
	printf("negative %d\n", r);
	return *ps - 15;
}
