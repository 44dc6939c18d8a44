// SPDX-License-Identifier: MIT
// Shows that a call through a pointer asks whether the target lies in this module's instrumented
// text. Others go to thrum_icall with the target in r10, and with the bytes on the stack.
//
// RUN: thrumcc -O0 -S -o - %s | FileCheck %s
// RUN: thrumcc -O2 -S -o - %s | FileCheck %s
// RUN: thrumcc -O2 -fPIC -S -o - %s | FileCheck %s
// RUN: thrumcc -O2 -S -emit-llvm -o - %s | FileCheck --check-prefix=IR %s

// CHECK-LABEL: plain:
// CHECK-DAG: __start_thrumtext
// CHECK-DAG: __stop_thrumtext
// CHECK-DAG: thrum_icall
// CHECK: callq *%r{{[a-z0-9]+}}
// IR-LABEL: define {{.*}} @plain
// IR: sub i64 {{.*}}, ptrtoint (ptr @__start_thrumtext to i64)
// IR: [[IN:%.*]] = icmp ult i64
// IR: [[TO:%.*]] = select i1 [[IN]], ptr %{{.*}}, ptr @thrum_icall
// IR: call i32 [[TO]](ptr nest %{{.*}}, i32
int
plain(int (*fn)(int), int a)
{
	return fn(a) + 1;
}

// Two arguments on the stack: the size goes into the upper bits of r10.
// IR-LABEL: define {{.*}} @onstack
// IR: or i64 %{{.*}}, 281474976710656
// IR: call i32 %{{.*}}(ptr nest %{{.*}}, i32 noundef 1, {{.*}} i32 noundef 8)
int
onstack(int (*fn)(int, int, int, int, int, int, int, int))
{
	return fn(1, 2, 3, 4, 5, 6, 7, 8) + 1;
}

// IR-LABEL: define {{.*}} @direct
// IR: call i32 @external.thrum(ptr nest inttoptr (i64 {{[0-9]+}} to ptr), i32 noundef 1,
int external(int, int, int, int, int, int, int, int);

int
direct(void)
{
	return external(1, 2, 3, 4, 5, 6, 7, 8) + 1;
}
