// SPDX-License-Identifier: MIT
// Shows that exit works from recursion 1000 levels deep: exit handlers run, streams are flushed,
// the status is right.
// want: exit 77
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int reached;

static void
bye(void)
{
	char b[40];
	snprintf(b, sizeof b, "reached %d", reached);
	printf("%s", b); // no newline: the flush at exit shows it
}

__attribute__((noinline)) static int
deep(int n, const char *up)
{
	char b[80];
	strcpy(b, up);
	b[n % 9] ^= 1;
	reached++;
	if (n == 0)
		exit(b[9] == 'j' ? 77 : 1);
	return deep(n - 1, b) + b[0];
}

int
main(void)
{
	atexit(bye);
	return deep(1000, "abcdefghij");
}
