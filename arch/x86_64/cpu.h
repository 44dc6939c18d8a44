// SPDX-License-Identifier: MIT
//
// cpu.h - single instructions of this processor, and the words of its thread control block.
//
// It is below every other layer (tests/house/includes), because locks and the clock need it. C code
// elsewhere must not contain assembly (tests/house/arch).

#ifndef THRUM_ARCH_X86_64_CPU_H
#define THRUM_ARCH_X86_64_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "thrum/abi.h"

typedef struct thrum_g g; // core/sched/types.h

// The floating-point modes of a goroutine: MXCSR and the x87 control word. They fill 6 bytes of the
// line of a g that a switch touches.
typedef struct __attribute__((packed, aligned(2))) fpcontrol {
	uint32_t mxcsr;
	uint16_t fpcw;
} fpcontrol;

// An m's copy of the processor's modes. The assembly compares and stores words of 4 bytes.
typedef struct fpknown {
	uint32_t mxcsr, fpcw;
} fpknown;

// The modes that a process begins with.
#define MXCSR 0x1f80
#define FPCW 0x37f

static inline void
usualfp(fpcontrol *fp)
{
	fp->mxcsr = MXCSR;
	fp->fpcw = FPCW;
}

// Each word is loaded and stored by itself, here and in the assembly: a load of both behind a store
// of one waits for the store to reach the cache.
static inline void
readfp(fpcontrol *fp)
{
	__asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(fp->mxcsr), "=m"(fp->fpcw));
}

static inline void
writefp(fpcontrol fp)
{
	uint32_t mxcsr = fp.mxcsr;
	uint16_t fpcw = fp.fpcw;
	__asm__ volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(mxcsr), "m"(fpcw));
}

// knowfp notes fp in an m's copy. knownfp reads that copy.
static inline void
knowfp(fpknown *k, const fpcontrol *fp)
{
	k->mxcsr = fp->mxcsr;
	k->fpcw = fp->fpcw;
}

static inline void
knownfp(fpcontrol *fp, const fpknown *k)
{
	fp->mxcsr = k->mxcsr;
	fp->fpcw = (uint16_t)k->fpcw;
}

// emptyx87 marks the x87 registers as free. Their contents must have been saved.
static inline void
emptyx87(void)
{
	__asm__ volatile("emms");
}

// procyield tells the processor that the calling thread waits in a loop.
static inline void
procyield(void)
{
	__builtin_ia32_pause();
}

// cputicks returns the processor's time stamp counter. It is cheap enough for a goroutine that
// parks.
static inline uint64_t
cputicks(void)
{
	return __builtin_ia32_rdtsc();
}

// copybytes and fillbytes are memcpy and memset for code between a failed stack check and the
// function's body: they touch no vector register. Measured against loops of 16-byte and 64-byte
// moves, the string instructions are the fastest from 4 KB on.
static inline void
copybytes(void *to, const void *from, size_t n)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}

static inline void
fillbytes(void *to, int byte, size_t n)
{
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(byte) : "memory");
}

// syscall4 is a system call with four arguments; the others are 0. Returns: the result or -errno.
static inline long
syscall4(long n, long a, long b, long c, long d)
{
	long rc;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = 0;
	register long r9 __asm__("r9") = 0;
	__asm__ volatile("syscall"
			 : "=a"(rc)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return rc;
}

// vgrequest makes a request to valgrind (its manual, "The Client Request mechanism"). Returns: 0
// outside of valgrind.
static inline uintptr_t
vgrequest(volatile uintptr_t args[6])
{
	uintptr_t result = 0;
	__asm__ volatile("rolq $3, %%rdi; rolq $13, %%rdi; rolq $61, %%rdi; rolq $51, %%rdi; xchgq %%rbx, %%rbx"
			 : "+d"(result)
			 : "a"(args)
			 : "cc", "memory");
	return result;
}

// The jump by which a module reaches the runtime's __morestack (core/base/module.c).
#define JUMP_MORESTACK "jmp *thrum_morestack@GOTPCREL(%rip)"
// An instruction that ends the process, for names that are never called.
#define TRAP "ud2"

// ---- the thread control block (thrum/abi.h) ----

// tcbself returns the address of the thread control block.
static inline char *
tcbself(void)
{
	char *tcb;
	__asm__("movq %%fs:0, %0" : "=r"(tcb));
	return tcb;
}

static inline g *
gettcb_g(void)
{
	g *gp;
	__asm__ volatile("movq %%fs:%c1, %0" : "=r"(gp) : "i"(THRUM_TCB_G));
	return gp;
}

static inline void
settcb_g(g *gp)
{
	__asm__ volatile("movq %0, %%fs:%c1" : : "r"(gp), "i"(THRUM_TCB_G) : "memory");
}

static inline void
settcb_usp(uintptr_t usp)
{
	__asm__ volatile("movq %0, %%fs:%c1" : : "r"(usp), "i"(THRUM_TCB_USP) : "memory");
}

static inline uintptr_t
gettcb_usp(void)
{
	uintptr_t v;
	__asm__ volatile("movq %%fs:%c1, %0" : "=r"(v) : "i"(THRUM_TCB_USP));
	return v;
}

static inline uintptr_t
gettcb_guard(void)
{
	uintptr_t v;
	__asm__ volatile("movq %%fs:%c1, %0" : "=r"(v) : "i"(THRUM_TCB_GUARD));
	return v;
}

static inline void
settcb_guard(uintptr_t guard)
{
	__asm__ volatile("movq %0, %%fs:%c1" : : "r"(guard), "i"(THRUM_TCB_GUARD) : "memory");
}

// castcb_usp sets the word usp to `to` if it equals *was; else it loads the word into *was. It is
// atomic against signal handlers on this thread only.
static inline bool
castcb_usp(uintptr_t *was, uintptr_t to)
{
	bool done;
	__asm__ volatile("cmpxchgq %2, %%fs:%c3" : "=@ccz"(done), "+a"(*was) : "r"(to), "i"(THRUM_TCB_USP) : "memory");
	return done;
}

// swaptcb_usp makes the word usp `to` and returns what it was: one instruction, against handlers on
// this thread.
static inline uintptr_t
swaptcb_usp(uintptr_t to)
{
	__asm__ volatile("xchgq %0, %%fs:%c1" : "+r"(to) : "i"(THRUM_TCB_USP) : "memory");
	return to;
}

// demangle returns an address that glibc keeps mangled in its jmp_buf.
static inline uintptr_t
demangle(uintptr_t v)
{
	__asm__("rorq $0x11, %0; xorq %%fs:0x30, %0" : "+r"(v) : : "cc");
	return v;
}

#endif
