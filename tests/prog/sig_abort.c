// SPDX-License-Identifier: MIT
// Shows that abort from deep recursion ends the process by SIGABRT after its handler has run.
// want: signal 6
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static void
on(int s)
{
	char b[64];
	int n = snprintf(b, sizeof b, "handler %d", s);
	printf("%s %d\n", b, n);
	fflush(stdout);
}

__attribute__((noinline)) static int
deep(int n)
{
	int v[4] = { n };
	int *volatile p = v;
	if (n == 0)
		abort();
	return deep(n - 1) + p[0];
}

int
main(void)
{
	signal(SIGABRT, on);
	return deep(400);
}
