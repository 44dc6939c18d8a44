// SPDX-License-Identifier: MIT
// Shows that a coroutine of foreign assembly, left within instrumented functions, is refused.
// extra: aside_x.c=gcc
// want: fatal error: foreign code has switched stacks in the middle of functions that thrumcc has built
// thrum-only
#include <stdio.h>

struct co {
	void **sp;
};

struct co *co_transfer(struct co *from, struct co *to);
void co_begin(struct co *c, void (*fn)(void));

static struct co first, second;

static void
fill(int *p, int n, int v)
{
	for (int i = 0; i < n; i++)
		p[i] = v;
}

__attribute__((noinline)) static int
work(int n)
{
	int a[20];
	fill(a, 20, n);
	co_transfer(&second, &first);
	return a[n % 20];
}

static void
body(void)
{
	for (int i = 0;; i++)
		if (work(i) != i)
			printf("wrong in the coroutine\n");
}

__attribute__((noinline)) static int
enter(int n)
{
	int a[30];
	fill(a, 30, n);
	co_transfer(&first, &second);
	return a[n % 30];
}

int
main(void)
{
	co_begin(&second, body);
	for (int i = 0; i < 5; i++)
		if (enter(i) != i)
			printf("wrong in main\n");
	return 0;
}
