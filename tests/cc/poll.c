// SPDX-License-Identifier: MIT
// Shows which loops look at the guard with -fthrum-poll, and at what cost. -Rpass names each.
//
// RUN: thrumcc -fthrum-poll -O2 -fno-unroll-loops -fno-vectorize -S -o - %s | FileCheck %s
// RUN: thrumcc -fthrum-poll -O0 -S -o - %s | FileCheck --check-prefix=O0 %s
// RUN: thrumcc -O2 -S -o - %s | FileCheck --check-prefix=OFF --implicit-check-not=thrum_looppoll %s
// RUN: thrumcc -fthrum-poll -fno-thrum-poll -O2 -S -o - %s | FileCheck --check-prefix=OFF --implicit-check-not=thrum_looppoll %s
// RUN: thrumcc -fthrum-poll -O3 -march=x86-64-v4 -S -o - %s | FileCheck --check-prefix=VEC %s
// RUN: thrumcc -fthrum-poll -O2 -fno-unroll-loops -fno-vectorize -Rpass=thrum -Rpass-missed=thrum -c -o %t.o %s 2>&1 | FileCheck --check-prefix=SAY %s

#define N __attribute__((noinline))
void elsewhere(void);
volatile int flag;

// At the head of the loop: counting down and its branch stay together. The call is not on the way.
// CHECK-LABEL: counted:
// CHECK: [[TOP:.LBB[0-9_]+]]: {{.*}}Loop Header
// CHECK: cmpq $-1, %fs:112
// CHECK-NEXT: #NO_APP
// CHECK-NEXT: je [[COLD:.LBB[0-9_]+]]
// CHECK: [[BODY:.LBB[0-9_]+]]:
// CHECK: incl flag(%rip)
// CHECK: decl %e{{[a-z]+}}
// CHECK-NEXT: jne [[TOP]]
// CHECK: [[COLD]]:
// CHECK: callq *thrum_looppoll@GOTPCREL(%rip)
// CHECK: jmp [[BODY]]
// O0-LABEL: counted:
// O0: cmpq $-1, %fs:112
// O0: callq *thrum_looppoll@GOTPCREL(%rip)
// OFF-LABEL: counted:
// SAY: poll.c:[[#@LINE+4]]:{{.*}} remark: loop polled [-Rpass=thrum]
N void
counted(unsigned n)
{
	while (n--)
		flag++;
}

// CHECK-LABEL: forever:
// CHECK: cmpq $-1, %fs:112
// CHECK: callq *thrum_looppoll@GOTPCREL(%rip)
// SAY: poll.c:[[#@LINE+4]]:{{.*}} remark: loop polled
N void
forever(void)
{
	for (;;)
		flag = 1;
}

// A call of a function of this object checks in its prologue.
// CHECK-LABEL: calls:
// CHECK-NOT: cmpq $-1, %fs:112
// CHECK: retq
N void
calls(unsigned n)
{
	while (n--)
		counted(n);
}

// ... not when an iteration may go around it.
// CHECK-LABEL: callssometimes:
// CHECK: cmpq $-1, %fs:112
// CHECK: callq *thrum_looppoll@GOTPCREL(%rip)
// SAY: poll.c:[[#@LINE+4]]:{{.*}} remark: loop polled
N void
callssometimes(unsigned n)
{
	while (n--)
		if (flag)
			counted(n);
}

// Other code may be foreign, and foreign code checks nothing; nor does what may be replaced by it.
// CHECK-LABEL: callsother:
// CHECK: cmpq $-1, %fs:112
// CHECK: callq *thrum_looppoll@GOTPCREL(%rip)
// SAY: poll.c:[[#@LINE+4]]:{{.*}} remark: loop polled
N void
callsother(unsigned n)
{
	while (n--)
		elsewhere();
}

// CHECK-LABEL: callspointer:
// CHECK: cmpq $-1, %fs:112
// CHECK: callq *thrum_looppoll@GOTPCREL(%rip)
N void
callspointer(unsigned n, void (*f)(void))
{
	while (n--)
		f();
}

__attribute__((weak)) void weak(void) { flag = 2; }

// CHECK-LABEL: callsweak:
// CHECK: cmpq $-1, %fs:112
N void
callsweak(unsigned n)
{
	while (n--)
		weak();
}

N __attribute__((annotate("thrum.nosplit"))) static void nosplit(void) { flag = 3; }

// CHECK-LABEL: callsnosplit:
// CHECK: cmpq $-1, %fs:112
N void
callsnosplit(unsigned n)
{
	while (n--)
		nosplit();
}

// Short: known to end soon.
// CHECK-LABEL: ends:
// CHECK-NOT: cmpq $-1, %fs:112
// CHECK: retq
// SAY: poll.c:[[#@LINE+4]]:{{.*}} remark: loop not polled: it is short [-Rpass-missed=thrum]
N void
ends(void)
{
	for (int i = 0; i < 50; i++)
		flag += i;
}

// CHECK-LABEL: endsbefore:
// CHECK-NOT: cmpq $-1, %fs:112
// CHECK: retq
N int
endsbefore(const int *p, unsigned n)
{
	n &= 63;
	for (unsigned i = 0; i < n; i++)
		if (p[i] == 7)
			return (int)i;
	return -1;
}

// CHECK-LABEL: long_one:
// CHECK: cmpq $-1, %fs:112
N void
long_one(void)
{
	for (int i = 0; i < 5000; i++)
		flag += i;
}

// Short ones within a long one: the outer one polls. And the inner one when that is long: then
// not the outer one, unless there is a way around the inner.
// CHECK-LABEL: innershort:
// CHECK: cmpq $-1, %fs:112
// CHECK-NOT: cmpq $-1, %fs:112
// CHECK: retq
N void
innershort(unsigned n)
{
	while (n--)
		for (int i = 0; i < 30; i++)
			flag += i;
}

// CHECK-LABEL: innerlong:
// CHECK: cmpq $-1, %fs:112
// CHECK-NOT: cmpq $-1, %fs:112
// CHECK: retq
N void
innerlong(unsigned n, unsigned k)
{
	do {
		unsigned i = k;
		do
			flag += (int)i;
		while (--i);
	} while (--n);
}

// CHECK-LABEL: aroundinner:
// CHECK: cmpq $-1, %fs:112
// CHECK: cmpq $-1, %fs:112
// CHECK: retq
N void
aroundinner(unsigned n)
{
	while (n--)
		for (int i = flag; i--;)
			flag += i;
}

// All of it is long although each loop is not: 20 times 20 times 20.
// CHECK-LABEL: product:
// CHECK: cmpq $-1, %fs:112
// CHECK-NOT: cmpq $-1, %fs:112
// CHECK: retq
N void
product(void)
{
	for (int i = 0; i < 20; i++)
		for (int j = 0; j < 20; j++)
			for (int k = 0; k < 20; k++)
				flag += i ^ j ^ k;
}

// Cycles that are no loops: two ways in.
// CHECK-LABEL: twoentries:
// CHECK: cmpq $-1, %fs:112
// CHECK: retq
N void
twoentries(int n)
{
	if (n & 1)
		goto b;
a:
	flag += n;
b:
	flag ^= n;
	if (--n > 0)
		goto a;
}

// CHECK-LABEL: threaded:
// CHECK: cmpq $-1, %fs:112
// CHECK: callq *thrum_looppoll@GOTPCREL(%rip)
N int
threaded(const unsigned char *p)
{
	static const void *const op[] = {&&add, &&sub, &&end};
	int acc = 0;
	goto *op[*p++];
add:
	acc += 3;
	goto *op[*p++];
sub:
	acc -= flag;
	goto *op[*p++];
end:
	return acc;
}

// A function that must not check has no polls either.
// CHECK-LABEL: unchecked:
// CHECK-NOT: cmpq $-1, %fs:112
// CHECK: retq
__attribute__((annotate("thrum.nosplit"))) N void
unchecked(unsigned n)
{
	while (n--)
		flag++;
}

// Variadic: in the body, not in the shell.
// CHECK-LABEL: variadic.body:
// CHECK: cmpq $-1, %fs:112
// CHECK-LABEL: variadic:
// CHECK-NOT: cmpq $-1, %fs:112
// CHECK: jmpq
N int
variadic(int n, ...)
{
	__builtin_va_list ap;
	int sum = 0;
	__builtin_va_start(ap, n);
	while (n-- > 0)
		sum += __builtin_va_arg(ap, int);
	__builtin_va_end(ap);
	return sum;
}

// After vectorising; masks and wide registers live over the poll and are not saved for it.
// CHECK-LABEL: wide:
// VEC-LABEL: wide:
// VEC: cmpq $-1, %fs:112
// VEC: vpcmpgtq {{.*}}, %k{{[0-7]}}
// VEC-NOT: (%{{rsp|rbp}})
// VEC: retq
N long
wide(const long *p, long n, long limit)
{
	long sum = 0;
	for (long i = 0; i < n; i++)
		sum += p[i] < limit ? p[i] : 1;
	return sum;
}
