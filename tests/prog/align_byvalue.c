// SPDX-License-Identifier: MIT
//
// Shows that structs aligned to 64, 128 and 4096 bytes keep their alignment when they are passed by
// value, at every depth of the stack: directly, through a pointer, to foreign code and by it. Each
// callee's copy is aligned as its type is.
// stack: directly, through a pointer, to foreign code and by it. Each callee's copy is aligned as
// its type is.
//
// thrumflags: -fthrum-verify
// memory: 64 (4096 bytes at each of 100 levels, three times)
// extra: align_byvalue_x.c=clang

#include <stdint.h>
#include <stdio.h>

#include "extra/align_byvalue.h"

#define OWN(name, type) \
	static __attribute__((noinline)) long name(struct type x, long k, double d, struct type y, long n) \
	{ \
		uintptr_t at = (uintptr_t)&x | (uintptr_t)&y; \
		return x.a[0] * 3 + x.a[2] * 5 + y.a[1] * 7 + k + (long)d + n + (long)(at % _Alignof(struct type)); \
	} \
	static __attribute__((noinline)) long name##_deep(struct type x, long n) \
	{ \
		static long (*volatile pointer)(struct type, long, double, struct type, long) = name; \
		struct type y = {{x.a[0] + 1, n, x.a[2] ^ n}}; \
		long s = n > 0 ? name##_deep(y, n - 1) : 0; \
		s = s * 31 + name(y, n, 2.5, x, 9) + pointer(x, 1, 3.5, y, n); \
		return s + foreign_##type(y, n) + calls_##type(name##_back, x, n); \
	}

static __attribute__((noinline)) long lines_back(struct line x, long n) { return x.a[0] + x.a[1] * 3 + x.a[2] * n; }
static __attribute__((noinline)) long wides_back(struct wide x, long n) { return x.a[0] + x.a[1] * 3 + x.a[2] * n; }
static __attribute__((noinline)) long pages_back(struct page x, long n) { return x.a[0] + x.a[1] * 3 + x.a[2] * n; }

OWN(lines, line)
OWN(wides, wide)
OWN(pages, page)

int
main(void)
{
	struct line l = {{1, 2, 3}};
	struct wide w = {{4, 5, 6}};
	struct page p = {{7, 8, 9}};
	for (long n = 0; n < 100; n += 11)
		printf("%lx %lx %lx\n", lines_deep(l, n), wides_deep(w, n), pages_deep(p, n));
	return 0;
}
