// SPDX-License-Identifier: MIT
// Shows that a variadic function becomes a shell, which jumps to thrum_variadic, and a body with a
// stack check, which finds the list of its arguments at usp.
//
// RUN: thrumcc -O0 -S -o - %s | FileCheck %s
// RUN: thrumcc -O2 -S -o - %s | FileCheck %s
// RUN: thrumcc -O2 -S -emit-llvm -o - %s | FileCheck --check-prefix=IR %s

#include <stdarg.h>

// CHECK-LABEL: sum.body:
// CHECK: cmpq %fs:112, %rsp
// CHECK-NOT: thrum_pin
// CHECK: callq __morestack
// CHECK-LABEL: sum:
// CHECK: leaq sum.body(%rip), %r11
// CHECK-NEXT: movabsq $206158430216, %r10
// CHECK-NEXT: jmpq *thrum_variadic@GOTPCREL(%rip)

// IR: define internal {{.*}}i32 @sum.body(i32 {{[^,]*}}) {{.*}}section "thrumtext"
// IR: load volatile i64, ptr addrspace(257)
// IR: call void @llvm.va_copy
// IR: define {{.*}}i32 @sum(i32 {{.*}}, ...) {{.*}}section "thrumtext"
// IR-NOT: alloca
// IR: unreachable
int
sum(int n, ...)
{
	va_list ap;
	int total = 0;
	va_start(ap, n);
	for (int i = 0; i < n; i++)
		total += va_arg(ap, int);
	va_end(ap);
	return total;
}

// A variadic function is called like any other; al says how many vector registers are in use.
// CHECK-LABEL: calls:
// CHECK: movb $1, %al
// CHECK: callq printf.thrum
int printf(const char *, ...);

int
calls(double x)
{
	return printf("%f\n", x) + 1;
}
