// SPDX-License-Identifier: MIT
// Shows that plain calls are tail calls while no unsafe frame is live, and that musttail ones
// always are.
//
// RUN: thrumcc -O2 -S -o - %s | FileCheck %s
// RUN: thrumcc -O0 -S -o - %s | FileCheck --check-prefix=O0 %s

void use(int *);
int external(int);

// CHECK-LABEL: next:
// CHECK: jmp external.thrum
int
next(int a)
{
	return external(a + 1);
}

// The frame is live: the callee may use it.
// CHECK-LABEL: live:
// CHECK: callq use.thrum
// CHECK: callq external.thrum
// CHECK: retq
int
live(int a)
{
	int b = a;
	use(&b);
	return external(b);
}

// CHECK-LABEL: odd:
// CHECK: jmp even{{$|@PLT|.thrum}}
// O0-LABEL: odd:
// O0: jmp even{{$|@PLT|.thrum}}
int even(unsigned n);

int
odd(unsigned n)
{
	if (n == 0)
		return 0;
	__attribute__((musttail)) return even(n - 1);
}

// Given back before the jump, not after.
// CHECK-LABEL: gives:
// CHECK: callq use.thrum
// CHECK: movq %r{{[a-z0-9]+}}, %fs:104
// CHECK: jmp external.thrum
// O0-LABEL: gives:
// O0: jmp external.thrum
int
gives(int a)
{
	int b = a;
	use(&b);
	a += b;
	__attribute__((musttail)) return external(a);
}

// Through a pointer, or with arguments on the stack: a jump inside the module, else a call that
// says where to and what is on the stack.
// CHECK-LABEL: pointer:
// CHECK: __start_thrumtext
// CHECK: jmpq *%r{{[a-z0-9]+}}
// CHECK: callq *thrum_icall@GOTPCREL(%rip)
int
pointer(void *next, int a)
{
	__attribute__((musttail)) return ((int (*)(void *, int))next)(next, a + 1);
}

// CHECK-LABEL: onstack:
// CHECK: __start_thrumtext
// CHECK: jmp{{q?}} {{\*?}}many
// CHECK: callq *thrum_icall@GOTPCREL(%rip)
int many(int, int, int, int, int, int, int, int);

int
onstack(int a, int b, int c, int d, int e, int f, int g, int h)
{
	__attribute__((musttail)) return many(b, a, c, d, e, f, h, g);
}
