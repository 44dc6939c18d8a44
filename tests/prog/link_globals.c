// SPDX-License-Identifier: MIT
// Shows that common, tentative, static and section-placed data, and pointers to functions in
// initialised data, work across objects.
// cflags: -fcommon
// extra: link_globals_g.c=gcc
#include <stdio.h>
#include <string.h>

int tentative[50];
int tentative[50];
int shared_common;
extern int from_other;
extern int (*other_table[])(int);
__attribute__((section("mydata"))) static long placed[3] = { 1, 2, 3 };
static const char *const words[] = { "a", "bb", "ccc" };
int visit(int n);

int
visit(int n)
{
	int here[5] = { n, shared_common };
	int *volatile p = here;
	if (n == 0)
		return p[1];
	shared_common++;
	return other_table[n & 1](n - 1) + p[0] % 3;
}

int
main(void)
{
	for (int i = 0; i < 50; i++)
		tentative[i] = i * from_other;
	int r = visit(300);
	size_t n = 0;
	for (int i = 0; i < 3; i++)
		n += strlen(words[i]) * (size_t)placed[i];
	printf("%d %d %d %zu\n", tentative[49], r, shared_common, n);
	return 0;
}
