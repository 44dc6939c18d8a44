// SPDX-License-Identifier: MIT
// What the pass refuses, in words that say what to do instead.
//
// RUN: not thrumcc -O2 -DHUGE -c -o %t.o %s 2>&1 | FileCheck %s
// RUN: not thrumcc -O0 -DHUGE -c -o %t.o %s 2>&1 | FileCheck %s
// RUN: not thrumcc -O2 -DNAMED -c -o %t.o %s 2>&1 | FileCheck --check-prefix=NAMED %s
// RUN: thrumcc -O2 -c -o %t.o %s

struct huge {
	char c[2 << 20];
} h;

#ifdef HUGE
// CHECK: errors.c:[[#@LINE+2]]:{{.*}} error: thrum: a call through a pointer passes more than 1 MB on the stack: pass a pointer to it
void
huge(void (*fn)(struct huge))
{
	fn(h);
}
#endif

#ifdef NAMED
// NAMED: errors.c:[[#@LINE+2]]:{{.*}} error: thrum: a variadic function has more than 48 bytes of named arguments beyond those in registers: pass a pointer to a struct
int
named(int a, int b, int c, int d, int e, int f, long g, long h, long i, long j, long k, long l, long m, long n, ...)
{
	__builtin_va_list ap;
	__builtin_va_start(ap, n);
	int v = __builtin_va_arg(ap, int);
	__builtin_va_end(ap);
	return v + a + b + c + d + e + f + (int)(g + h + i + j + k + l + m);
}
#endif

void
fine(void (*fn)(struct huge *))
{
	fn(&h);
}
