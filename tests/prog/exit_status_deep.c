// SPDX-License-Identifier: MIT
// Shows that exit from 1000 frames down runs atexit handlers, which call instrumented code, flushes
// stdio and sets the status.
// want: exit 41
#include <stdio.h>
#include <stdlib.h>

static int *shared;

static int
depth_of(int n)
{
	int x = n, *p = &x;

	return n > 0 ? depth_of(n - 1) + (*p > 0) : 0;
}

static void
last(void)
{
	printf("last %d\n", depth_of(500));
}

static void
first(void)
{
	printf("first %d\n", *shared);
}

__attribute__((noinline)) static int
dive(int n)
{
	int mine = n * 3;

	if (n == 0) {
		int *p = shared;
		printf("bottom %d", *p);
		exit(41);
	}
	if (n == 700)
		shared = &mine;
	return dive(n - 1) + mine;
}

int
main(void)
{
	atexit(last);
	atexit(first);
	return dive(1000);
}
