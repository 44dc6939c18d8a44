// SPDX-License-Identifier: MIT
// Shows that variadic functions, VLAs, unsafe frames and linked segments work in goroutines that
// are stopped all the time.
// thrum-only
// env: THRUM_PROCS=2 THRUM_DEBUG=preemptstorm=20
// out: ok
#include <stdarg.h>
#include <string.h>
#include "extra/storm.h"

__attribute__((noinline)) static uint64_t
deep(uint64_t n)
{
	volatile char pad[200];
	pad[0] = (char)n;
	uint64_t r = n ? deep(n - 1) + n : 0;
	CHECK(pad[0] == (char)n);
	return r;
}

// Pinned while it computes, calls deep into another segment, and computes on.
__attribute__((noinline)) static double
mixed(int n, ...)
{
	va_list ap, aq;
	double s = 0;
	va_start(ap, n);
	va_copy(aq, ap);
	for (int i = 0; i < n; i++) {
		s += va_arg(ap, int);
		s += va_arg(ap, double);
		for (volatile int k = 0; k < 300; k++)
			;
	}
	CHECK(deep(30) == 30 * 31 / 2);
	for (int i = 0; i < n; i++) {
		s += va_arg(aq, int);
		s += va_arg(aq, double);
	}
	va_end(aq);
	va_end(ap);
	return s;
}

__attribute__((noinline)) static uint64_t
vla(size_t n)
{
	uint64_t v[n], *volatile p = v, s = 0;
	for (size_t i = 0; i < n; i++)
		p[i] = i * n;
	for (int k = 0; k < 20; k++)
		for (size_t i = 0; i < n; i++)
			s += p[i];
	return s;
}

__attribute__((noinline)) static int
format(char *to, size_t size, const char *how, ...)
{
	va_list ap;
	va_start(ap, how);
	int n = vsnprintf(to, size, how, ap);
	va_end(ap);
	return n;
}

static void
worker(void *arg)
{
	int id = (int)(long)arg;
	char text[64], want[64];
	for (int i = 0; !enough(500); i++) {
		CHECK(mixed(3, id, 0.5, i, 1.5, 7, 2.5) == 2 * ((double)id + i + 11.5));
		size_t n = 1 + (size_t)(i * 13 % 400);
		CHECK(vla(n) == 20 * n * (n * (n - 1) / 2));
		CHECK(format(text, sizeof text, "%d/%d/%.3f/%s", id, i, i * 0.25, "x") == snprintf(want, sizeof want, "%d/%d/%.3f/x", id, i, i * 0.25));
		CHECK(strcmp(text, want) == 0);
	}
	thrum_wg_done(&wg);
}

int
main(void)
{
	alarm(100);
	each(4, worker);
	puts("ok");
	return 0;
}
