// SPDX-License-Identifier: MIT
// Shows that a call of a function of another file goes to NAME.thrum. The definition exports that
// name; callers bring a weak thunk that crosses over to the system stack.
//
// RUN: thrumcc -O0 -S -o - %s | FileCheck %s
// RUN: thrumcc -O2 -S -o - %s | FileCheck %s
// RUN: thrumcc -O2 -fPIC -S -o - %s | FileCheck %s
// RUN: thrumcc -O2 -fPIC -S -o - %s | FileCheck --check-prefix=PIC %s
// RUN: thrumcc -O2 -S -o - %s | FileCheck --check-prefix=ASM %s
// RUN: thrumcc -O2 -c -o %t.o %s && llvm-readelf-19 -sW %t.o | FileCheck --check-prefix=SYMBOLS %s
// RUN: thrumcc -O2 -c -o %t.o %s && llvm-readelf-19 -gW %t.o | FileCheck --check-prefix=GROUPS %s

// The directives to the assembler. The thunk is one per name and program.
// ASM: .section .text.thrum_thunk.external,"axG",@progbits,external.thrum,comdat
// ASM: .weak external.thrum
// ASM: .hidden external.thrum
// ASM: external.thrum:
// ASM: jmpq *.Lthrum_link.external(%rip)
// ASM: leaq external@PLT(%rip), %r11
// ASM-NEXT: jmpq *thrum_foreigncall@GOTPCREL(%rip)
// ASM: .weak absent
// ASM: .globl caller.thrum
// ASM-NEXT: .hidden caller.thrum
// ASM-NEXT: .set caller.thrum, caller
// ASM-NOT: local.thrum
// Another module may preempt a definition of a shared object.
// PIC: .globl caller.thrum
// PIC: caller.thrum:
// PIC: jmpq *.Lthrum_link.caller(%rip)
// PIC: .set .Lthrum_here.caller, caller
// ASM-NOT: .set replaceable.thrum

#include <string.h>

int external(int);
extern int absent(int) __attribute__((weak));
int renamed(int) __asm__("other_name");
static int local(int a) { return a + 1; }
static int (*volatile keep)(int) = local;

// CHECK-LABEL: {{^}}caller:
// CHECK: callq external.thrum
// CHECK: callq other_name.thrum
__attribute__((noinline)) int
caller(int a)
{
	return external(a) + renamed(a);
}

// CHECK-LABEL: {{^}}weakcaller:
// CHECK: callq absent.thrum
int
weakcaller(int a)
{
	return absent ? absent(a) + 1 : 0;
}

// Within the file nothing stands between, unless another module may preempt the definition.
// CHECK-LABEL: {{^}}same:
// CHECK: callq caller{{$|@PLT|.thrum}}
int
same(int a)
{
	return caller(a) * 2;
}

// Leaf functions of libc are called in place.
// CHECK-LABEL: {{^}}inplace:
// CHECK-NOT: .thrum
// CHECK: {{callq \*|movq }}strlen@GOTPCREL(%rip)
// CHECK: {{callq \*|movq }}memcpy@GOTPCREL(%rip)
// CHECK: {{callq \*|movq }}strcmp@GOTPCREL(%rip)
size_t
inplace(char *a, const char *b, size_t n)
{
	n += strlen(b);
	memcpy(a, b, n);
	return n + (size_t)strcmp(a, b + 1);
}

// Definitions export the alias, static functions do not, nor those that may be replaced.
// CHECK-LABEL: replaceable:
__attribute__((weak)) int
replaceable(int a)
{
	return a;
}

// SYMBOLS-DAG: FUNC WEAK HIDDEN {{.*}} external.thrum
// SYMBOLS-DAG: FUNC WEAK HIDDEN {{.*}} absent.thrum
// SYMBOLS-DAG: FUNC GLOBAL HIDDEN {{.*}} caller.thrum
// SYMBOLS-DAG: FUNC GLOBAL HIDDEN {{.*}} same.thrum
// SYMBOLS-DAG: NOTYPE WEAK DEFAULT UND absent
// GROUPS-DAG: COMDAT group section {{.*}} `.group' [external.thrum]
