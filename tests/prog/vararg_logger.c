// SPDX-License-Identifier: MIT
// Shows that a logger with printf attributes, macros, prefixes and nested variadic layers writes
// from frames 200 deep.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct log {
	char lines[40][80];
	int n;
	void (*sink)(struct log *, const char *, va_list);
};

static void
keep(struct log *l, const char *fmt, va_list ap)
{
	vsnprintf(l->lines[l->n++ % 40], 80, fmt, ap);
}

static void
prefixed(struct log *l, const char *fmt, va_list ap)
{
	char mine[60];
	va_list again;

	va_copy(again, ap);
	int need = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	snprintf(mine, sizeof mine, "[%2d] %s", need, fmt);
	keep(l, mine, ap);
}

__attribute__((format(printf, 2, 0))) static void
vlogf(struct log *l, const char *fmt, va_list ap)
{
	l->sink(l, fmt, ap);
}

__attribute__((format(printf, 2, 3))) static void
logf_(struct log *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlogf(l, fmt, ap);
	va_end(ap);
}
#define LOG(l, ...) logf_((l), __VA_ARGS__)

__attribute__((noinline)) static void
work(struct log *l, const char *who, int depth)
{
	char name[24];

	snprintf(name, sizeof name, "%.8s.%d", who, depth % 10);
	if (depth % 7 == 0)
		LOG(l, "%s: depth %d, %.2f %c%c %lld %s", name, depth, depth / 8.0, 'a' + depth % 26, 'Z', 1LL << depth % 60, who);
	if (depth > 0)
		work(l, name, depth - 1);
	if (depth % 11 == 0)
		LOG(l, "leave");
}

int
main(void)
{
	struct log l = { .sink = prefixed };

	work(&l, "top", 200);
	for (int i = 0; i < 40; i++)
		puts(l.lines[i]);
	printf("%d lines\n", l.n);
	l.sink = keep;
	LOG(&l, "%s%d", "x", 1);
	puts(l.lines[(l.n - 1) % 40]);
	return 0;
}
