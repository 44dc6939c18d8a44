// SPDX-License-Identifier: MIT
// Shows that VLAs and alloca come from the unsafe frame area and go back with their scope.
//
// RUN: thrumcc -O0 -S -o - %s | FileCheck %s
// RUN: thrumcc -O2 -S -o - %s | FileCheck %s

void use(void *);

// rsp never moves by a variable: CHECK-NOT: subq %r{{[a-z0-9]+}}, %rsp
// CHECK-LABEL: vla:
// CHECK: movq %fs:104, [[USP:%r[a-z0-9]+]]
// CHECK-DAG: movl $16, %esi
// CHECK-DAG: {{callq \*|movq }}thrum_ualloca@GOTPCREL(%rip)
// CHECK: callq use.thrum
// CHECK: movq %r{{[a-z0-9]+}}, %fs:104
// CHECK: retq
void
vla(int n)
{
	int a[n];
	use(a);
}

// CHECK-LABEL: aligned:
// CHECK-DAG: movl $64, %esi
// CHECK-DAG: {{callq \*|movq }}thrum_ualloca@GOTPCREL(%rip)
void
aligned(int n)
{
	_Alignas(64) char a[n];
	use(a);
}

// CHECK-LABEL: loop:
// CHECK: {{callq \*|movq }}thrum_ualloca@GOTPCREL(%rip)
// CHECK: callq use.thrum
// CHECK: movq %r{{[a-z0-9]+}}, %fs:104
void
loop(int n)
{
	for (int i = 1; i < n; i++) {
		char a[i];
		use(a);
	}
}

// CHECK-LABEL: dynamic:
// CHECK: {{callq \*|movq }}thrum_ualloca@GOTPCREL(%rip)
void
dynamic(int n)
{
	use(__builtin_alloca(n));
}

// A frame too big for a chunk is taken from elsewhere.
// CHECK-LABEL: big:
// CHECK-DAG: movl $16, %esi
// CHECK-DAG: {{callq \*|movq }}thrum_ubig@GOTPCREL(%rip)
void
big(void)
{
	char a[20000];
	use(a);
}
