// SPDX-License-Identifier: MIT
// Shows that each object names its ABI and its source. Naked functions and ifunc resolvers are left
// alone; constructors and main are functions like any other.
//
// RUN: thrumcc -O2 -S -o - %s | FileCheck %s
// RUN: thrumcc -O0 -S -o - %s | FileCheck %s
// RUN: thrumcc -O2 -g -c -o %t.o %s && llvm-readelf-19 -SW %t.o | FileCheck --check-prefix=SECTIONS %s

// CHECK-LABEL: untouched:
// CHECK-NOT: %fs:112
// CHECK-NOT: pushq %rbp
// CHECK: leaq (%rdi,%rdi), %rax
// CHECK: retq
__attribute__((naked)) long
untouched(long a)
{
	__asm__("leaq (%rdi,%rdi), %rax\n\tretq");
}

static volatile int which;
static int one(void) { return 1; }
static int two(void) { return 2; }
static void *resolve(void);
int chosen(void) __attribute__((ifunc("resolve")));

// CHECK: .section thrumtext
// CHECK-LABEL: calls:
// CHECK: callq chosen.thrum
int
calls(void)
{
	return chosen() + 1;
}

volatile int began;

// CHECK-LABEL: start:
// CHECK: cmpq %fs:112, %rsp
__attribute__((constructor)) static void
start(void)
{
	began = calls();
}

// A place that the author has chosen stays.
// CHECK: .section .text.mine
// CHECK-LABEL: placed:
// CHECK: cmpq %fs:112, %rsp
__attribute__((section(".text.mine"))) int
placed(void)
{
	return calls() + 1;
}

// It runs while the loader still relocates.
// CHECK: .text
// CHECK-LABEL: resolve:
// CHECK-NOT: %fs:112
// CHECK: retq
static void *
resolve(void)
{
	return which ? (void *)one : (void *)two;
}

// CHECK: .Lthrum.name:
// CHECK-NEXT: .asciz "{{.*}}module.c"
// CHECK: .section thrum_modules,"aw",@progbits
// CHECK: .Lthrum.module:
// CHECK-NEXT: .long 6
// CHECK-NEXT: .long 0
// CHECK-NEXT: .quad .Lthrum.name

// SECTIONS-DAG: thrumtext PROGBITS {{.*}} AX
// SECTIONS-DAG: thrum_modules PROGBITS {{.*}} WA
