// SPDX-License-Identifier: MIT
// Shows that the pass refuses code that cannot work, in words that say what to do instead.
//
// RUN: not thrumcc -O2 -DHUGE -c -o %t.o %s 2>&1 | FileCheck %s
// RUN: not thrumcc -O0 -DHUGE -c -o %t.o %s 2>&1 | FileCheck %s
// RUN: not thrumcc -O2 -DCONVENTIONS -c -o %t.o %s 2>&1 | FileCheck --check-prefix=CONV %s
// RUN: not thrumcc -O1 -DALIGNED -c -o %t.o %s 2>&1 | FileCheck --check-prefix=ALIGN %s
// RUN: thrumcc -O2 -c -o %t.o %s

struct huge {
	char c[2 << 20];
} h;

#ifdef HUGE
// CHECK: errors.c:[[#@LINE+2]]:{{.*}} error: thrum: a call through a pointer passes more than 1 MB of arguments on the stack: pass a pointer to them
void
huge(void (*fn)(struct huge))
{
	fn(h);
}
#endif

#ifdef CONVENTIONS
// CONV-DAG: errors.c:[[#@LINE+1]]:{{.*}} error: thrum: the calling convention ms_abi is not supported{{.*}} leave the attribute out, or compile this file with clang
__attribute__((ms_abi)) long defined(long a) { return a; }
// CONV-DAG: errors.c:[[#@LINE+1]]:{{.*}} error: thrum: the calling convention ms_abi is not supported
long called(long (*fn)(long) __attribute__((ms_abi)))
{
	return fn(1) + 1;
}
// CONV-DAG: errors.c:[[#@LINE+1]]:{{.*}} error: thrum: the calling convention regcall
__attribute__((regcall)) long regs(long a) { return a; }
// CONV-DAG: errors.c:[[#@LINE+1]]:{{.*}} error: thrum: the calling convention vectorcall
__attribute__((vectorcall)) long vectors(long a) { return a; }
// CONV-DAG: errors.c:[[#@LINE+1]]:{{.*}} error: thrum: the calling convention preserve_most
__attribute__((preserve_most)) void most(void) {}
// CONV-DAG: errors.c:[[#@LINE+1]]:{{.*}} error: thrum: the calling convention preserve_all
__attribute__((preserve_all)) void all(void) {}
// CONV-DAG: errors.c:[[#@LINE+1]]:{{.*}} error: thrum: the calling convention preserve_none
__attribute__((preserve_none)) void none(void) {}
// CONV-DAG: errors.c:[[#@LINE+1]]:{{.*}} error: thrum: the calling convention swiftcall
__attribute__((swiftcall)) void swift(void) {}
#endif

#ifdef ALIGNED
struct lines {
	_Alignas(128) long a;
};
void variadic(int n, ...);
// ALIGN: errors.c:[[#@LINE+2]]:{{.*}} error: thrum: a variadic function is passed an argument aligned to more than 64 bytes: pass a pointer to it
void
aligned(struct lines *p)
{
	variadic(1, *p);
}
void second(long double a, struct lines b);
// ALIGN: errors.c:[[#@LINE+2]]:{{.*}} error: thrum: an argument aligned to more than 64 bytes follows other arguments in memory: pass a pointer to it, or pass it first
void
behind(struct lines *p)
{
	second(1, *p);
}
// ALIGN: errors.c:[[#@LINE+2]]:{{.*}} error: thrum: an argument aligned to more than 64 bytes follows other arguments in memory
long
defined(struct lines a, long b[4], struct { char c[17]; } *c, struct lines d, long double e, struct lines f)
{
	return a.a + d.a + f.a + b[0] + c->c[0] + (long)e;
}
#endif

__attribute__((ms_abi)) long declared(long a); // never called: no harm
__attribute__((sysv_abi)) long same(long a) { return a; }

void
fine(void (*fn)(struct huge *))
{
	fn(&h);
}
