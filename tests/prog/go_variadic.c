// SPDX-License-Identifier: MIT
// Shows that variadic functions may yield, recurse and grow while their va_list is live. One
// va_list is walked at several depths.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <stdarg.h>

#include "extra/check.h"

static thrum_wg wg;

__attribute__((noinline)) static int
deep(int n)
{
	char b[50];
	memset(b, n, sizeof b);
	char *volatile p = b;
	if (n % 16 == 0)
		thrum_yield();
	return n ? deep(n - 1) + (p[49] == (char)n) : 0;
}

__attribute__((noinline)) static double
take(int n, va_list *ap)
{
	if (n == 0)
		return 0;
	double d = n & 1 ? va_arg(*ap, int) : va_arg(*ap, double);
	thrum_yield();
	CHECK(deep(n * 5) == n * 5);
	return d + take(n - 1, ap);
}

__attribute__((noinline)) static double
sum(int n, ...)
{
	va_list ap, again;
	va_start(ap, n);
	va_copy(again, ap);
	double s = take(n, &ap);
	thrum_yield();
	double t = take(n, &again);
	va_end(again);
	va_end(ap);
	CHECK(s == t);
	return s;
}

static void
body(void *arg)
{
	int i = (int)(intptr_t)arg;
	double s = sum(14, 0.5, i, 1.5, i, 2.5, i, 3.5, i, 4.5, i, 5.5, i, 6.5, i);
	CHECK(s == 24.5 + i * 7);
	s = sum(21, i, 0.25, i, 0.5, i, 0.75, i, 1.0, i, 1.25, i, 1.5, i, 1.75, i, 2.0, i, 2.25, i, 2.5, i);
	CHECK(s == 13.75 + i * 11);
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_wg_add(&wg, 20);
	for (int i = 0; i < 20; i++)
		CHECK(thrum_go(body, (void *)(intptr_t)i) == 0);
	thrum_wg_wait(&wg);
	puts("ok");
	return 0;
}
