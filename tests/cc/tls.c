// SPDX-License-Identifier: MIT
// Shows that no address of the thread is kept over a call: errno and thread-locals when a goroutine
// changes threads.
//
// RUN: thrumcc -O0 -S -o - %s | FileCheck %s
// RUN: thrumcc -O3 -S -o - %s | FileCheck --check-prefixes=CHECK,OPT %s
// RUN: thrumcc -O3 -fPIE -S -o - %s | FileCheck --check-prefixes=CHECK,OPT %s
// RUN: thrumcc -O3 -fPIC -S -o - %s | FileCheck --check-prefix=PIC %s

#include <errno.h>

void elsewhere(void);
_Thread_local int here;
extern _Thread_local int there;
static _Thread_local int hidden;

// errno belongs to the goroutine: one address while it lives.
// CHECK-LABEL: error:
// CHECK: {{callq \*|movq }}thrum_errno_location@GOTPCREL(%rip)
// CHECK-NOT: {{[^_]}}__errno_location
// CHECK: callq elsewhere.thrum
// CHECK-NOT: {{[^_]}}__errno_location
// CHECK: retq
int
error(void)
{
	errno = 0;
	elsewhere();
	return errno;
}

// Local exec: the thread's base is read again after the call.
// CHECK-LABEL: localexec:
// CHECK: movq %fs:0, [[A:%r[a-z0-9]+]]
// CHECK-NEXT: leaq here@TPOFF([[A]]), [[A]]
// CHECK: callq elsewhere.thrum
// CHECK: movq %fs:0, [[B:%r[a-z0-9]+]]
// CHECK-NEXT: leaq here@TPOFF([[B]]), [[B]]
// CHECK: retq
int
localexec(void)
{
	here++;
	elsewhere();
	return here;
}

// Initial exec.
// CHECK-LABEL: initialexec:
// CHECK: movq there@GOTTPOFF(%rip), [[A:%r[a-z0-9]+]]
// CHECK-NEXT: addq %fs:0, [[A]]
// CHECK: callq elsewhere.thrum
// CHECK: movq there@GOTTPOFF(%rip), [[B:%r[a-z0-9]+]]
// CHECK-NEXT: addq %fs:0, [[B]]
// CHECK: retq
int
initialexec(void)
{
	there++;
	elsewhere();
	return there;
}

// In a loop too.
// OPT-LABEL: loop:
// OPT: [[TOP:.LBB[0-9_]+]]: {{.*}}Loop Header
// OPT: movq %fs:0,
// OPT: callq elsewhere.thrum
// OPT: jne [[TOP]]
void
loop(int n)
{
	for (int i = 0; i < n; i++) {
		hidden += i;
		elsewhere();
	}
}

// A shared object asks an accessor, which runs on the system stack, may allocate, and comes back on
// the same thread.
// PIC-LABEL: {{^"?}}here.thrum_tlsget{{"?}}:
// PIC: leaq here.thrum_tls(%rip), %r11
// PIC: jmpq *thrum_quickcall@GOTPCREL(%rip)
// PIC-LABEL: localexec:
// PIC-NOT: __tls_get_addr
// PIC: callq here.thrum_tlsget
// PIC: callq elsewhere.thrum
// PIC: callq here.thrum_tlsget
// PIC-LABEL: here.thrum_tls:
// PIC-NOT: %fs:112
// PIC: __tls_get_addr
