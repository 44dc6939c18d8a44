// SPDX-License-Identifier: MIT
//
// switch.h - the bare context switch, for programs that bring their own scheduler.
//
// A thrum_gobuf holds the place where a context stopped: stack pointer, program counter, frame
// pointer. There are three forms of the switch:
//
//   - thrum_switch is inlined. The compiler saves the registers that are live, in a tight loop
//     none. The switch then is six moves and one indirect jump.
//   - thrum_switch_call is a call of 16 bytes. Callee-saved registers are the caller's affair where
//     the compiler knows preserve_none.
//   - thrum_switch_sysv keeps the System V callee-saved registers itself and works with any
//     compiler.
//
// Code built by thrumcc keeps its address-taken locals off the stack. Each context has its own
// place for them, and a switch changes it. The inlined form does so if the file that holds the
// switch is itself built by thrumcc, the others always do.
//
// Contract: none of the three touches MXCSR or the x87 control word. A change in one context is
// seen by the others. (The goroutines of thrum.h each keep their own.) The stacks used here are the
// caller's memory and do not move or grow. Code that runs on them must be plain, or leaf, or know
// its depth.
//
// Compile with -fno-omit-frame-pointer for the best figures. Otherwise clang keeps a pointer in rbp
// over the inlined switch, which then waits for it to be loaded.
//
// Source: the gobuf and gogo of Go's runtime. The inlined form is an extended asm whose clobber
// list is the whole register file.

#ifndef THRUM_SWITCH_H
#define THRUM_SWITCH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct thrum_gobuf {
	uintptr_t sp, pc, bp;
	uintptr_t usp; // the place of its address-taken locals, if thrumcc built it
} thrum_gobuf;

// thrum_gobuf_init makes *b start fn(arg) on the stack of size bytes at stack, when it is first
// switched to. fn must not return. size is at least 256.
//
// thrum_gobuf_free gives back the memory besides that stack that a context holds when it ends or is
// dropped. It must not be called for the context that runs.
void thrum_gobuf_free(thrum_gobuf *b);
void thrum_gobuf_init(thrum_gobuf *b, void *stack, size_t size, void (*fn)(void *), void *arg);

// All three forms save the caller in *from and resume *to.
//
// Returns: when the caller is resumed, the `from` of the context that resumed it: the way back.
thrum_gobuf *thrum_switch_sysv(thrum_gobuf *from, const thrum_gobuf *to);

#if defined(__clang__) && defined(__has_attribute)
#if __has_attribute(preserve_none)
#define THRUM_HAVE_SWITCH_CALL 1
// The arguments are in r12 and r13, where preserve_none puts the first two.
thrum_gobuf *thrum_switch_call(thrum_gobuf *from, const thrum_gobuf *to) __attribute__((preserve_none));
#endif
#endif

static __inline __attribute__((always_inline)) thrum_gobuf *
thrum_switch(thrum_gobuf *from, const thrum_gobuf *to)
{
	__asm__ volatile(
#ifdef __THRUM__
		"movq %%fs:0x68, %%rax\n\t" // THRUM_TCB_USP
		"movq 24(%%rsi), %%rcx\n\t"
		"movq %%rax, 24(%%rdi)\n\t"
		"movq %%rcx, %%fs:0x68\n\t"
#endif
		"leaq 1f(%%rip), %%rax\n\t"
		"movq %%rsp, 0(%%rdi)\n\t"
		"movq %%rax, 8(%%rdi)\n\t"
		"movq %%rbp, 16(%%rdi)\n\t"
		"movq 0(%%rsi), %%rsp\n\t"
		"movq 16(%%rsi), %%rbp\n\t"
		"jmpq *8(%%rsi)\n\t"
		".p2align 4\n"
		"1:\tendbr64"
		: "+D"(from), "+S"(to)
		:
		: "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
		  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
		  "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
#if defined(__AVX512F__)
		  "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23",
		  "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31",
		  "k1", "k2", "k3", "k4", "k5", "k6", "k7",
#endif
		  "memory", "cc");
	return from; // rdi as the resumer left it
}

#ifdef __cplusplus
}
#endif

#endif
