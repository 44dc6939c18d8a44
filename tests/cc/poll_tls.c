// SPDX-License-Identifier: MIT
// Shows that loops in functions with thread-locals always have a loop check, because no signal
// stops a goroutine there. Loops over which the address of a thread-local is kept have none.
//
// RUN: thrumcc -O1 -S -o - %s | FileCheck %s
// RUN: thrumcc -O3 -fno-unroll-loops -fno-vectorize -S -o - %s | FileCheck %s
// RUN: thrumcc -O3 -fPIC -S -o - %s | FileCheck --check-prefix=PIC %s
// RUN: thrumcc -O3 -fno-vectorize -fno-unroll-loops -Rpass=thrum -Rpass-missed=thrum -c -o %t.o %s 2>&1 | FileCheck --check-prefix=SAY %s

#include <ctype.h>

_Thread_local int counter, array[1000];
static _Thread_local struct { int a, b[100]; } nested;
extern _Thread_local int there;
extern volatile int flag;

// No thread-local, no poll.
// CHECK-LABEL: plain:
// CHECK-NOT: %fs:112
// CHECK: retq
__attribute__((annotate("thrum.nosplit"))) void
plain(unsigned n)
{
	while (n--)
		flag++;
}

// CHECK-LABEL: count:
// CHECK: [[TOP:.LBB[0-9_]+]]: {{.*}}Loop Header
// CHECK: cmpq $-1, %fs:112
// CHECK: movq %fs:0, [[A:%r[a-z0-9]+]]
// CHECK-NEXT: leaq counter@TPOFF([[A]]), [[A]]
// CHECK: ([[A]])
// CHECK: jne [[TOP]]
// PIC-LABEL: count:
// PIC: cmpq $-1, %fs:112
// PIC: callq counter.thrum_tlsget
// PIC: incl (%rax)
// SAY: poll_tls.c:[[#@LINE+4]]:{{.*}} remark: loop polled
void
count(unsigned n)
{
	while (n--)
		counter++;
}

// One that is kept over the poll would be the other thread's. Nothing in this loop writes memory,
// so the optimiser takes the address out of it: no poll.
// CHECK-LABEL: sum:
// CHECK-NOT: cmpq $-1, %fs:112
// CHECK: retq
// SAY: poll_tls.c:[[#@LINE+5]]:{{.*}} remark: loop not polled: it keeps the address of a thread-local
int
sum(int n)
{
	int s = 0;
	for (int i = 0; i < n; i++)
		s += array[i];
	return s;
}

// A part of a struct, and a variable of another object: addressed anew.
// CHECK-LABEL: parts:
// CHECK: [[TOP:.LBB[0-9_]+]]: {{.*}}Loop Header
// CHECK: cmpq $-1, %fs:112
// CHECK: movq there@GOTTPOFF(%rip)
// CHECK: leaq nested@TPOFF(
// CHECK: jne [[TOP]]
// CHECK: retq
void
parts(int n)
{
	for (int i = 0; i < n; i++) {
		flag = there;
		nested.b[i & 15] ^= i;
	}
}

// An address that the program keeps, in the loop or over it.
// CHECK-LABEL: after:
// CHECK-NOT: cmpq $-1, %fs:112
// CHECK: retq
// SAY: poll_tls.c:[[#@LINE+5]]:{{.*}} remark: loop not polled: it keeps the address of a thread-local
int
after(int n)
{
	int *p = &counter;
	for (int i = 0; i < n; i++)
		flag = i;
	return *p;
}

// CHECK-LABEL: walk:
// CHECK-NOT: cmpq $-1, %fs:112
// CHECK: retq
// SAY: poll_tls.c:[[#@LINE+5]]:{{.*}} remark: loop not polled: it keeps the address of a thread-local
int
walk(void)
{
	int s = 0;
	for (int *p = array; *p; p++)
		s += *p;
	return s;
}

// Before the loop only, it is no matter.
// CHECK-LABEL: before:
// CHECK: cmpq $-1, %fs:112
// CHECK: retq
void
before(int n)
{
	int *p = &counter;
	*p = n;
	for (int i = 0; i < n; i++)
		flag = i;
}

// Two variables are not made one of two.
// CHECK-LABEL: either:
// CHECK: @TPOFF
// CHECK: retq
int
either(int which)
{
	int *p;
	if (which)
		p = &counter;
	else
		p = &array[3];
	return (*p)++;
}

// An alias of a thread-local is one.
extern _Thread_local int other_name __attribute__((alias("counter")));
// CHECK-LABEL: byalias:
// CHECK: movq %fs:0, [[A:%r[a-z0-9]+]]
// CHECK-NEXT: leaq {{other_name|counter}}@TPOFF([[A]]), [[A]]
// CHECK: retq
int
byalias(void)
{
	return other_name++;
}

// The pointer to the table of ctype.h is the thread's.
// CHECK-LABEL: spaces:
// CHECK: callq *__ctype_b_loc
// CHECK: cmpq $-1, %fs:112
// CHECK: retq
const char *
spaces(const char *p)
{
	while (isspace((unsigned char)*p))
		p++;
	return p;
}

