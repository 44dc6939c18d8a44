// SPDX-License-Identifier: MIT
// Shows that __builtin_setjmp and __builtin_longjmp work between functions and in a loop.
#include <stdio.h>
#include <string.h>

static void *env[5];

__attribute__((noinline)) static int
fail(int depth)
{
	char pad[100];
	memset(pad, depth, sizeof pad);
	if (depth == 0)
		__builtin_longjmp(env, 1);
	return fail(depth - 1) + pad[9];
}

__attribute__((noinline)) static int
attempt(volatile int *tries)
{
	if (__builtin_setjmp(env) == 0) {
		fail(30);
		return -1;
	}
	++*tries;
	return 5;
}

int
main(void)
{
	volatile int tries = 0;
	int sum = 0;
	for (int i = 0; i < 500; i++)
		sum += attempt(&tries);
	printf("%d %d\n", sum, tries);
	return 0;
}
