// SPDX-License-Identifier: MIT
//
// Shows that calls reach their functions that clang makes only after all of its optimisation: those
// of -finstrument-functions-after-inlining and of -ftrap-function. The functions are foreign and
// need much stack. They are reached at each depth.
//
// cflags: -finstrument-functions-after-inlining -ftrap-function=ontrap -fsanitize=signed-integer-overflow -fsanitize-trap=all
// levels: O0 O2
// want: exit 3
// extra: call_late_x.c=clang

#include <stdio.h>
#include <stdlib.h>

extern long entered, left;

static __attribute__((noinline)) long
down(long n, int add)
{
	volatile long x = n;
	volatile int most = 0x7fffffff;
	if (n == 0) {
		most += add; // "traps": ontrap ends the process
		return 0;
	}
	return down(n - 1, add) + x;
}

int
main(void)
{
	long s = 0;
	for (int i = 0; i < 100; i++)
		s += down(i, 0);
	printf("%ld %d %d\n", s, entered > 5000, left > 5000);
	fflush(stdout);
	return (int)down(77, 1);
}
