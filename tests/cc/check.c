// SPDX-License-Identifier: MIT
// Shows that every function checks the stack at its entry, at every level, and that THRUM_NOSPLIT
// leaves the check out.
//
// RUN: thrumcc -O0 -S -o - %s | FileCheck --check-prefixes=CHECK,O0 %s
// RUN: thrumcc -O1 -S -o - %s | FileCheck --check-prefixes=CHECK,OPT %s
// RUN: thrumcc -O2 -S -o - %s | FileCheck --check-prefixes=CHECK,OPT %s
// RUN: thrumcc -O3 -S -o - %s | FileCheck --check-prefixes=CHECK,OPT %s
// RUN: thrumcc -Os -S -o - %s | FileCheck --check-prefixes=CHECK,OPT %s
// RUN: thrumcc -O2 -fomit-frame-pointer -fstack-protector-all -S -o - %s | FileCheck --check-prefixes=CHECK,OPT,PLAIN %s

#include <thrum.h>

int callee(int);

// Instrumented code lies in a section of its own, keeps the rbp chain, and watches no canary.
// CHECK: .section thrumtext,"ax",@progbits
// CHECK-LABEL: small:
// CHECK: cmpq %fs:112, %rsp
// CHECK-NEXT: {{ja|jbe}}
// O0: movl ${{[0-9]+}}, %r10d
// O0-NEXT: movl $0, %r11d
// O0-NEXT: callq __morestack
// O0-NEXT: retq
// CHECK: pushq %rbp
// CHECK: movq %rsp, %rbp
// CHECK: callq callee.thrum
// PLAIN-NOT: __stack_chk_fail
// OPT: movl ${{[0-9]+}}, %r10d
// OPT-NEXT: movl $0, %r11d
// OPT-NEXT: callq __morestack
// OPT-NEXT: retq
int
small(int a)
{
	return callee(a) + 1;
}

// A frame of 256 bytes or more asks for its size.
// CHECK-LABEL: large:
// CHECK: leaq -{{[0-9]+}}(%rsp), %r11
// CHECK-NEXT: cmpq %fs:112, %r11
// CHECK-NEXT: {{ja|jbe}}
// CHECK: callq __morestack
struct s {
	char c[1000];
} s;
int byvalue(struct s);

int
large(void)
{
	return byvalue(s) + 1;
}

// Without a check: the author promises that it fits the reserve.
// CHECK-LABEL: unchecked:
// CHECK-NOT: %fs:112
// CHECK-NOT: __morestack
// CHECK: retq
THRUM_NOSPLIT int
unchecked(int a)
{
	return callee(a) + 1;
}

// A leaf has a check too: its frame may be anything.
// CHECK-LABEL: leaf:
// CHECK: cmpq %fs:112, %rsp
// CHECK: pushq %rbp
int
leaf(int a)
{
	return a * 3;
}
