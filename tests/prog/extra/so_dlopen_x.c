// SPDX-License-Identifier: MIT
// Loaded by so_dlopen.c, built by thrumcc.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int ready;
static _Thread_local int depth = 3;

__attribute__((noinline)) static int
deep(int n)
{
	char b[50];
	memset(b, n, sizeof b);
	char *volatile p = b;
	return n ? deep(n - 1) + (p[49] == (char)n) : 0;
}

__attribute__((constructor)) static void
init(void)
{
	ready = deep(500);
}

int
plug_ready(void)
{
	return ready;
}

long
plug_run(int n, long (*fn)(void *, int), void *arg)
{
	long v[3] = { n, depth, 0 };
	long *volatile p = v;
	depth++;
	p[2] = fn(arg, n % 5);
	long r = n ? plug_run(n - 1, fn, arg) + p[2] % 11 : p[1];
	depth--;
	return r;
}

int
plug_join(char *out, size_t n, int count, ...)
{
	va_list ap;
	size_t at = 0;
	va_start(ap, count);
	for (int i = 0; i < count; i++)
		at += (size_t)snprintf(out + at, n - at, "%s%s", i ? "+" : "", va_arg(ap, const char *));
	va_end(ap);
	return (int)at;
}
