// SPDX-License-Identifier: MIT
// Shows that foreign code may call instrumented functions on a stack of its own if each returns
// before others continue: with locals, variable arguments, arguments on the stack, deeper switches,
// callbacks, signals, jumps.
// extra: aside_x.c=gcc
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern jmp_buf co_env;
int co_call(int (*fn)(int, int, int, int, int, int, int, int), int v);
int co_try(int (*fn)(int), int v);

static volatile int signals;
static jmp_buf env;

static void
fill(int *p, int n, int v)
{
	for (int i = 0; i < n; i++)
		p[i] = v + i;
}

static void
onsignal(int sig)
{
	char text[100];
	snprintf(text, sizeof text, "%d %d %d %d %d %d", sig, 1, 2, 3, 4, 5);
	signals += (int)strlen(text) > 0;
}

__attribute__((noinline)) static int
sum(int n, ...)
{
	int a[8], total = 0;
	va_list ap;
	fill(a, 8, n);
	va_start(ap, n);
	while (n-- > 0)
		total += va_arg(ap, int);
	va_end(ap);
	return total + a[3];
}

static int
compare(const void *a, const void *b)
{
	int x[2] = {*(const int *)a, *(const int *)b};
	int *volatile p = x;
	return p[0] - p[1];
}

static int
backwards(int v)
{
	int a[30];
	fill(a, 30, v);
	qsort(a, 30, sizeof a[0], compare);
	longjmp(co_env, a[7]);
}

static int
aside(int v, int b, int c, int d, int e, int f, int g, int h)
{
	int a[40];
	char text[200];
	fill(a, 40, v);
	raise(SIGUSR1);
	snprintf(text, sizeof text, "%d %d %d %d %d %d %d %d", v, b, c, d, e, f, g, h);
	qsort(a, 40, sizeof a[0], compare);
	if (v > 0)
		a[3] += co_call(aside, v - 1);
	a[4] += co_try(backwards, v);
	return (a[3] + a[4] + a[39] + sum(3, v, b, c) + (int)strlen(text)) % 100003;
}

// One that begins with a variable argument list.
static int
variable(int v, ...)
{
	int a[20];
	va_list ap;
	fill(a, 20, v);
	va_start(ap, v);
	for (int i = 0; i < 7; i++)
		a[2] += va_arg(ap, int);
	va_end(ap);
	return a[2] + aside(v, 1, 2, 3, 4, 5, 6, 7);
}

static int
jumper(int v, int b, int c, int d, int e, int f, int g, int h)
{
	int a[50];
	fill(a, 50, v + b + c + d + e + f + g + h);
	longjmp(env, a[49]);
}

__attribute__((noinline)) static int
deep(int n)
{
	int a[25];
	fill(a, 25, n);
	return n > 0 ? (deep(n - 1) + a[20]) % 100003 : co_call(aside, 3);
}

int
main(void)
{
	signal(SIGUSR1, onsignal);
	long total = 0;
	for (int i = 0; i < 60; i++) {
		int a[10];
		fill(a, 10, i);
		total += deep(i * 3);
		total += co_call((int (*)(int, int, int, int, int, int, int, int))variable, i % 5);
		int r = setjmp(env);
		if (r == 0)
			co_call(jumper, i);
		total = (total * 7 + r + a[9]) % 1000003;
	}
	printf("%ld %d\n", total, signals);
	return 0;
}
