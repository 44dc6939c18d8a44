// SPDX-License-Identifier: MIT
// Shows that setjmp and longjmp are the runtime's: the buffer holds distances, not addresses.
//
// RUN: thrumcc -O0 -S -o - %s | FileCheck %s
// RUN: thrumcc -O2 -S -o - %s | FileCheck %s
// RUN: thrumcc -O2 -S -emit-llvm -o - %s | FileCheck --check-prefix=IR %s
// RUN: thrumcc -O2 -fno-builtin -S -emit-llvm -o - %s | FileCheck --check-prefix=IR %s

#include <setjmp.h>
#include <unistd.h>

void work(void);
jmp_buf buf;
sigjmp_buf sigbuf;
void *builtin[5];

// CHECK-LABEL: plain:
// CHECK: {{callq \*|movq }}thrum_setjmp{{(_whole)?}}@GOTPCREL(%rip)
// IR: call i32 @thrum_setjmp_whole({{.*}}) [[TWICE:#[0-9]+]]
int
plain(void)
{
	if (setjmp(buf))
		return 1;
	work();
	return 0;
}

// CHECK-LABEL: withmask:
// CHECK: {{callq \*|movq }}thrum_sigsetjmp@GOTPCREL(%rip)
int
withmask(void)
{
	if (sigsetjmp(sigbuf, 1))
		return 1;
	work();
	return 0;
}

// CHECK-LABEL: jump:
// CHECK: {{callq \*|movq }}thrum_longjmp@GOTPCREL(%rip)
void
jump(void)
{
	longjmp(buf, 1);
}

// CHECK-LABEL: sigjump:
// CHECK: {{callq \*|movq }}thrum_longjmp@GOTPCREL(%rip)
void
sigjump(void)
{
	siglongjmp(sigbuf, 1);
}

// CHECK-LABEL: builtins:
// CHECK: {{callq \*|movq }}thrum_setjmp@GOTPCREL(%rip)
// CHECK-NOT: movq %rbp, builtin
// CHECK-NOT: movq %rsp, builtin
// CHECK: retq
int
builtins(void)
{
	if (__builtin_setjmp(builtin))
		return 1;
	work();
	return 0;
}

// CHECK-LABEL: builtinjump:
// CHECK: {{callq \*|movq }}thrum_longjmp@GOTPCREL(%rip)
void
builtinjump(void)
{
	__builtin_longjmp(builtin, 1);
}

// vfork's child would run on the parent's stack.
// CHECK-LABEL: forks:
// CHECK: callq fork.thrum
int
forks(void)
{
	return vfork() + 1;
}

// IR: attributes [[TWICE]] = {{.*}}returns_twice
