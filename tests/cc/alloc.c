// SPDX-License-Identifier: MIT
// Shows that allocations of a constant size are inlined, as ranges without preemption, and that
// functions with them may be stopped elsewhere and may move. All other allocations are calls.
//
// RUN: thrumcc -O1 -S -o - %s | FileCheck %s
// RUN: thrumcc -O3 -S -o - %s | FileCheck %s
// RUN: thrumcc -O2 -fPIC -S -o - %s | FileCheck %s
// RUN: thrumcc -O0 -S -o - %s | FileCheck --check-prefix=CALL %s
// RUN: thrumcc -Os -S -o - %s | FileCheck --check-prefix=CALL %s
// RUN: thrumcc -O2 -fthrum-verify -c -o %t.o %s

// CALL-NOT: thrum_cache

#include <thrum.h>

typedef struct { long v[2]; } two;
typedef struct { long v[8]; } eight;
typedef struct { long v[32]; } most;
typedef struct { long v[33]; } more;
typedef struct { _Alignas(16) long v[2]; } aligned;

// The bin of 16 bytes without pointers is number 136 + 2, of 32 bytes each.
// CHECK-LABEL: {{^}}new2:
// CHECK-NOT: thrum_pin
// CHECK: cmpq $-1, %fs:112
// CHECK-NEXT: jae [[END:.Ltmp[0-9]+]]
// CHECK-NEXT: [[BEGIN:.Ltmp[0-9]+]]:
// CHECK-NEXT: movq thrum_cache@GOTTPOFF(%rip), [[C:%r[a-z0-9]+]]
// CHECK-NEXT: movq %fs:([[C]]), [[C]]
// CHECK-NEXT: movq 4416([[C]]), [[S:%r[a-z0-9]+]]
// CHECK-NEXT: cmpq [[S]], 4424([[C]])
// CHECK: movq [[S]], 4416([[C]])
// CHECK-NEXT: movw {{%[a-z0-9]+}},
// CHECK-NEXT: [[END]]:
// CHECK-NEXT: .section thrum_nopreempt
// CHECK-NEXT: [[HERE:.Ltmp[0-9]+]]:
// CHECK-NEXT: .long [[BEGIN]]-[[HERE]]
// CHECK-NEXT: .long [[END]]-[[BEGIN]]
// CHECK: jae
// CHECK: movups %xmm0, ({{%r[a-z0-9]+}})
// CHECK: thrum_newobject
two *
new2(void)
{
	return thrum_new(two);
}

// CHECK-LABEL: {{^}}new8:
// CHECK: movq thrum_cache@
// CHECK-COUNT-4: movups %xmm0,
// CHECK-NOT: movups
// CHECK: thrum_newobject
eight *
new8(void)
{
	return thrum_new(eight);
}

// CHECK-LABEL: {{^}}newmost:
// CHECK: movq thrum_cache@
// CHECK: retq
most *
newmost(void)
{
	return thrum_new(most);
}

// CHECK-LABEL: {{^}}calls:
// CHECK-NOT: thrum_cache
// CHECK: retq
void
calls(void **out, size_t n)
{
	out[0] = thrum_new(more);
	out[1] = thrum_new(aligned);
	out[2] = thrum_malloc(n);
	out[3] = thrum_malloc(1025);
	out[4] = thrum_calloc(1, 16);
}

// CHECK-LABEL: {{^}}cold:
// CHECK-NOT: thrum_cache
// CHECK: retq
__attribute__((cold)) two *
cold(void)
{
	return thrum_new(two);
}

// A record would be of no use: no signal stops a goroutine outside of the common section.
// CHECK-LABEL: {{^}}placed:
// CHECK-NOT: thrum_cache
// CHECK: retq
__attribute__((section("elsewhere"))) two *
placed(void)
{
	return thrum_new(two);
}

// Memory that is not zeroed.
// CHECK-LABEL: {{^}}manual:
// CHECK: movq thrum_cache@
// CHECK-NOT: movups
// CHECK: movq thrum_cache@
// CHECK: retq
void
manual(void **out)
{
	out[0] = thrum_malloc(40);
	out[1] = thrum_malloc(1024);
}

// The function is not listed as a whole, so its loop needs no check.
// CHECK-LABEL: {{^}}loop:
// CHECK: movq thrum_cache@
// CHECK-NOT: thrum_looppoll
// CHECK: retq
void
loop(void **out, volatile int *until)
{
	while (*until)
		*out++ = thrum_malloc(16);
}
