// SPDX-License-Identifier: MIT
// Shows what the pass makes of thrum_new(T): one descriptor per type, nothing of the sample, and an
// error for a pointer that no collector would find.
//
// RUN: thrumcc -O0 -S -o - %s | FileCheck %s
// RUN: thrumcc -O2 -S -o - %s | FileCheck %s
// RUN: thrumcc -O2 -g -S -o - %s | FileCheck %s
// RUN: thrumcc -O1 -fsanitize=undefined -S -o - %s | FileCheck %s
// RUN: not thrumcc -DPACKED -O1 -c -o /dev/null %s 2>&1 | FileCheck --check-prefix=PACKED %s
// RUN: not thrumcc -DVARIABLE -O1 -c -o /dev/null %s 2>&1 | FileCheck --check-prefix=VARIABLE %s
// RUN: thrumcc -std=c99 -pedantic-errors -Wall -Wextra -Werror -c -o /dev/null %s

// CHECK-NOT: __thrum_type_
// CHECK-NOT: dump

#include <thrum.h>

struct node { struct node *next; long value; };
struct leaf { double x, y; };

#ifdef PACKED
// PACKED: error: thrum_new: struct bad has a pointer that is not aligned to 8 bytes
struct __attribute__((packed)) bad { char c; void *p; };
void *
packed(void)
{
	return thrum_new(struct bad);
}
#elif defined VARIABLE
// VARIABLE: error: fields must have a constant size
void *
variable(int n)
{
	return thrum_new(int[n]);
}
#else

// CHECK-LABEL: {{^}}first:
void *
first(void)
{
	return thrum_new(struct node);
}

void *
second(unsigned n)
{
	return thrum_new_n(struct node, n);
}

void *
third(void)
{
	return thrum_new(struct leaf);
}
#endif

// A record: the descriptor, no index yet, the bins of objects with pointers.
// CHECK: .section thrum_types,"aw"
// CHECK: {{^}}thrum.typeref:
// CHECK-NEXT: .quad .Lthrum.type{{$}}
// CHECK-NEXT: .long 1
// CHECK-NEXT: .long 68
// CHECK: {{^}}thrum.typeref{{[.0-9]+}}:
// CHECK-NEXT: .quad .Lthrum.type{{[.0-9]+}}
// CHECK-NEXT: .long 1
// CHECK-NEXT: .long 136
// CHECK-NOT: {{^}}thrum.typeref
