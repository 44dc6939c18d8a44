// SPDX-License-Identifier: MIT
// Shows that abort from deep recursion ends the process by SIGABRT, after what was flushed.
// want: signal 6
#include <stdio.h>
#include <stdlib.h>

__attribute__((noinline)) static int
dive(int n, const int *up)
{
	int mine = *up + 1;

	if (n == 0) {
		printf("%d\n", mine);
		fflush(stdout);
		abort();
	}
	return dive(n - 1, &mine) + mine;
}

int
main(void)
{
	int zero = 0;

	return dive(800, &zero);
}
