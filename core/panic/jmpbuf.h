// SPDX-License-Identifier: MIT
//
// jmpbuf.h - the contents of a glibc jmp_buf after thrum_setjmp.
//
// On a goroutine's stack it holds distances instead of addresses, and the fields of the g that must
// be restored. The first eight words and the flag lie where glibc has its own. The rest is in the
// part of the saved signal mask that the kernel does not use. pthread_cleanup_push passes a buffer
// of only 104 bytes, so that is the limit.
//
// Anywhere else (on a thread of its own, in a signal handler) it has glibc's own form, so that the
// thread library's unwinder can use it.

#ifndef THRUM_PANIC_JMPBUF_H
#define THRUM_PANIC_JMPBUF_H

#include <stddef.h>
#include <stdint.h>

#define JMPBUF_MAGIC 0x746872756d6a6d70 // "thrumjmp"

typedef struct jmpbuf {
	uint64_t rbx, r12, r13, r14, r15;
	uint32_t sp, bp; // distance from the end of the segment, in units of 8 bytes
	uint64_t pc;
	uint64_t magic; // JMPBUF_MAGIC where glibc has the mangled pc
	int32_t masksaved;
	uint32_t ncallback; // of the g
	union {
		uint64_t mask;
		struct thrum_defer *top; // of the g's deferred calls; beyond the 104 bytes if there
		                         // is a mask
	};
	uint64_t usp;
	uint32_t goid;      // its lower half
	uint32_t npanic;    // panics in progress
	union {
		struct {
			uint32_t pin, nseg; // of the g
		};
		uint64_t rbp; // on a fixed stack: nothing is pinned, and other compilers' code has
		              // no frame pointer
	};
	// A buffer with a mask is a sigjmp_buf, and thrum_setjmp_whole gets a jmp_buf. Both are
	// larger (200 bytes):
	struct thrum_defer *topmasked[];
	// uint64_t pushed[5]: of thrum_setjmp_whole, for conservative collectors only
} jmpbuf;

// glibc's own layout of the same eight words.
typedef struct glibcbuf {
	uint64_t rbx, bp, r12, r13, r14, r15, sp, pc; // bp, sp, pc mangled
} glibcbuf;

// Where a longjmp goes: what longjmp_m tells the assembly.
typedef struct jumptarget {
	uint64_t rbx, r12, r13, r14, r15, bp, sp, pc;
} jumptarget;

_Static_assert(sizeof(jmpbuf) <= 104 && offsetof(jmpbuf, magic) == 56 && offsetof(jmpbuf, masksaved) == 64 && offsetof(jmpbuf, mask) == 72 && offsetof(jmpbuf, topmasked) == 104,
	"fits glibc's jmp_buf");

#endif
