// SPDX-License-Identifier: MIT
// What the pass refuses, in words that say what to do instead.
//
// RUN: not thrumcc -O2 -DHUGE -c -o %t.o %s 2>&1 | FileCheck %s
// RUN: not thrumcc -O0 -DHUGE -c -o %t.o %s 2>&1 | FileCheck %s
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

void
fine(void (*fn)(struct huge *))
{
	fn(&h);
}
