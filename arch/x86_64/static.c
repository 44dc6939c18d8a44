// SPDX-License-Identifier: MIT
//
// static.c - becomes crtstatic.o, the entry point that the driver links into static executables.
//
// The libc of a static executable calls the resolvers of ifuncs before it sets up thread-local
// storage, so fs is 0. The pass leaves resolvers alone, but the functions that they call have stack
// checks and unsafe frames. So fs gets a thread control block for that time: no goroutine, a stack
// without a limit, and room for unsafe frames. Then the program begins normally, and libc sets fs
// to its own value.
//
// It also links libc's pthread_create under its other name, because the runtime has taken the plain
// name (core/stack/plain.c).

#include "thrum/abi.h"

#include <stdint.h>

// At the high end of a chunk (core/stack/uframe.c). Zeros say that it is the only one.
#define RECORD 64
#define STRING(x) TEXT(x)
#define TEXT(x) #x

// A chunk is aligned to its size. Its section must not be: the file would grow.
static __attribute__((used)) char chunk[2 * THRUM_UCHUNK];
static __attribute__((used, aligned(16))) uint64_t tcb[32];

int __pthread_create(void);
static __attribute__((used)) int (*const create)(void) = __pthread_create;

// The kernel passes rsp and rdx to _start, so both are kept. 158 is arch_prctl, 0x1002 ARCH_SET_FS.
__asm__(".globl thrum_entry\n.hidden thrum_entry\n.type thrum_entry,@function\nthrum_entry:\n"
	"	leaq tcb(%rip), %rsi\n"
	"	movq %rsi, (%rsi)\n"
	"	movq %rsi, 16(%rsi)\n"
	"	leaq chunk + 2 * " STRING(THRUM_UCHUNK) "(%rip), %rcx\n"
	"	andq $-" STRING(THRUM_UCHUNK) ", %rcx\n"
	"	subq $" STRING(RECORD) ", %rcx\n"
	"	movq %rcx, " STRING(THRUM_TCB_USP) "(%rsi)\n"
	"	movl $158, %eax\n"
	"	movl $0x1002, %edi\n"
	"	syscall\n"
	"	jmp _start\n"
	".size thrum_entry, . - thrum_entry\n");
