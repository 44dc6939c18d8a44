// SPDX-License-Identifier: MIT
//
// jmpbuf.h - what thrum_setjmp leaves in a jmp_buf of glibc (200 bytes).
//
// The first eight words and the flag lie where glibc has its own; the rest is in
// the part of the saved signal mask that the kernel does not use.

#ifndef THRUM_STACK_JMPBUF_H
#define THRUM_STACK_JMPBUF_H

#include <stddef.h>
#include <stdint.h>

#define JMPBUF_MAGIC 0x746872756d6a6d70 // "thrumjmp"

typedef struct jmpbuf {
	uint64_t rbx, r12, r13, r14, r15;
	uint64_t sp, bp; // distance from the end of the segment; absolute when goid is 0
	uint64_t magic;  // JMPBUF_MAGIC where glibc has the mangled pc
	int32_t masksaved;
	int32_t pad;
	uint64_t mask;
	uint64_t pc;
	uint64_t usp;
	uint64_t goid;      // 0: set off a goroutine's stack
	uint32_t pin, nseg; // of the g
	uint32_t ncallback;
} jmpbuf;

// glibc's own layout of the same eight words.
typedef struct glibcbuf {
	uint64_t rbx, bp, r12, r13, r14, r15, sp, pc; // bp, sp, pc mangled
} glibcbuf;

_Static_assert(sizeof(jmpbuf) <= 200 && offsetof(jmpbuf, masksaved) == 64 && offsetof(jmpbuf, mask) == 72,
	"fits glibc's jmp_buf");

#endif
