// SPDX-License-Identifier: MIT
// Shows that exactly those locals leave the machine stack which are used otherwise than by a direct
// load or store. -Rpass=thrum names each with its size and the reason.
//
// RUN: thrumcc -O0 -g -Rpass=thrum -c -o %t.o %s 2>&1 | FileCheck --implicit-check-not=remark: %s
// RUN: thrumcc -O0 -S -emit-llvm -o - %s | FileCheck --check-prefix=IR %s
// RUN: thrumcc -O2 -Rpass=thrum -c -o %t.o %s 2>&1 | FileCheck --check-prefix=OPT %s

#include <stdarg.h>
#include <string.h>

void use(void *);
extern void *kept;

// IR-LABEL: define {{.*}} @stays
// IR-NOT: i64 104
// IR: alloca [4 x i32]
// IR: alloca double
// IR: ret i32
int
stays(int n)
{
	int a[4];
	struct {
		char c;
		long l;
	} s;
	double d = n;
	a[0] = n;
	a[3] = n + 1;
	s.c = (char)n;
	s.l = n;
	return a[0] + a[3] + s.c + (int)s.l + (int)d;
}

// OPT: remark: moved off the stack: {{passed|a temporary}} (40 bytes): its address is passed to a call [-Rpass=thrum]
// IR-LABEL: define {{.*}} @fpassed
// IR: [[USP:%.*]] = load volatile i64, ptr addrspace(257) inttoptr (i64 104 to ptr addrspace(257))
// IR: trunc i64 [[USP]] to i16
// IR: icmp ult i16 {{.*}}, 48
// IR: sub i64 {{.*}}, 48
// IR: store volatile i64 {{.*}} inttoptr (i64 104 to ptr addrspace(257))
// IR: call void @use.thrum
// IR: add i64 {{.*}}, 48
// IR: store volatile i64 {{.*}} inttoptr (i64 104 to ptr addrspace(257))
// IR: ret void
// IR: call preserve_mostcc i64 @thrum_uframe_slow
// CHECK: moved.c:[[#@LINE+4]]:{{.*}} remark: moved off the stack: passed (40 bytes): its address is passed to a call [-Rpass=thrum]
void
fpassed(void)
{
	int passed[10];
	use(passed);
}

// CHECK: moved.c:[[#@LINE+4]]:{{.*}} remark: moved off the stack: stored (4 bytes): its address is stored [-Rpass=thrum]
void
fstored(void)
{
	int stored = 1;
	kept = &stored;
}

// CHECK: moved.c:[[#@LINE+4]]:{{.*}} remark: moved off the stack: indexed (32 bytes): it is indexed by a variable [-Rpass=thrum]
int
findexed(int n)
{
	int indexed[8];
	indexed[n & 7] = 1;
	return indexed[n & 3];
}

// CHECK: moved.c:[[#@LINE+4]]:{{.*}} remark: moved off the stack: compared (4 bytes): its address is compared [-Rpass=thrum]
int
fcompared(void *p)
{
	int compared = 2;
	return p == &compared ? compared : 0;
}

// CHECK: moved.c:[[#@LINE+4]]:{{.*}} remark: moved off the stack: number (4 bytes): its address is computed with [-Rpass=thrum]
unsigned long
fnumber(void)
{
	int number = 2;
	return (unsigned long)&number + (unsigned long)number;
}

// CHECK: moved.c:[[#@LINE+4]]:{{.*}} remark: moved off the stack: cleared (400 bytes): its address goes to a memory intrinsic [-Rpass=thrum]
int
fcleared(void)
{
	int cleared[100];
	memset(cleared, 0, sizeof cleared);
	return cleared[5];
}

// CHECK: moved.c:[[#@LINE+4]]:{{.*}} remark: moved off the stack: inasm (4 bytes): its address goes to inline asm [-Rpass=thrum]
int
finasm(void)
{
	int inasm = 3;
	__asm__ volatile("incl %0" : "+m"(inasm));
	return inasm;
}

// CHECK: moved.c:[[#@LINE+4]]:{{.*}} remark: moved off the stack: ap (24 bytes): its address goes to a memory intrinsic [-Rpass=thrum]
int
flist(int n, ...)
{
	va_list ap;
	va_start(ap, n);
	n += va_arg(ap, int);
	va_end(ap);
	return n;
}

struct big {
	long v[8];
};
int deeper(struct big *);

// A by-value argument whose address goes further is copied.
// CHECK: remark: moved off the stack: b (64 bytes): its address is passed to a call [-Rpass=thrum]
// IR-LABEL: define {{.*}} @fbyval
// IR: call ptr @memcpy(ptr %{{.*}}, ptr %{{.*}}, i64 64)
int
fbyval(struct big b)
{
	return deeper(&b);
}

// One whose parts are only read stays where the caller has put it.
// IR-LABEL: define {{.*}} @freads
// IR-NOT: i64 104
// IR: ret i64
long
freads(struct big b)
{
	return b.v[1] + b.v[7];
}
