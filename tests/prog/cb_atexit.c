// SPDX-License-Identifier: MIT
// Shows that atexit and on_exit handlers run last first, with recursion and buffers of their own,
// after main has returned.
// want: exit 3
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char trail[100];

__attribute__((noinline)) static int
deep(int n)
{
	char b[50];
	memset(b, n, sizeof b);
	char *volatile p = b;
	return n == 0 ? 0 : deep(n - 1) + (p[49] == (char)n);
}

static void
first(void)
{
	strcat(trail, "first");
	printf("%s %d\n", trail, deep(500));
}

static void
second(void)
{
	char local[20];
	snprintf(local, sizeof local, "second %d ", deep(300));
	strcat(trail, local);
}

static void
late(void)
{
	strcat(trail, "late ");
}

static void
third(int status, void *arg)
{
	snprintf(trail, sizeof trail, "status %d %s ", status, (char *)arg);
	atexit(late);
}

int
main(void)
{
	static char arg[] = "arg";
	atexit(first);
	atexit(second);
	on_exit(third, arg);
	return 3;
}
