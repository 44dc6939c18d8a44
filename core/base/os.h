// SPDX-License-Identifier: MIT
//
// os.h - the calls of the kernel; each that can fail the runtime has a fault point.
//
// THRUM_FAULT=mmap:7 makes the seventh mmap fail with its usual errno. The tests
// count n upwards until a program succeeds, so each failure path runs once. All
// functions run on any system stack and are safe in signal handlers.

#ifndef THRUM_BASE_OS_H
#define THRUM_BASE_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE 4096

enum osfault { FaultMmap, FaultMadvise, FaultMprotect, FaultSigaltstack, NFAULT };

// osinit reads THRUM_FAULT.
void osinit(void);

// osmap returns zeroed memory of size bytes, aligned to align (a power of two of at
// least a page), not backed before it is touched; NULL when there is none.
void *osmap(size_t size, size_t align);
void osunmap(void *p, size_t size);

// osrelease gives the pages back; they read as zeros afterwards.
void osrelease(void *p, size_t size);
// oshuge asks for huge pages, or against them. Advice only.
void oshuge(void *p, size_t size, bool want);
// osguard makes [p, p + size) fault at any access, without a VMA of its own where the
// kernel can (MADV_GUARD_INSTALL, 6.13), else by mprotect. 0 or -errno.
int osguard(void *p, size_t size);

// osaltstack gives the thread a signal stack unless it has one. 0 or -errno.
int osaltstack(void *p, size_t size);

// osstack tells the bounds of the calling thread's stack. 0 or -errno.
int osstack(char **lo, char **hi);

// oswrite writes all, also where that must be waited for. 0 or -errno.
int oswrite(int fd, const void *p, size_t n);
uint64_t nanotime(void); // ns, monotonic

// cputicks is the processor's time stamp counter: what a goroutine that parks can afford.
static inline uint64_t
cputicks(void)
{
	return __builtin_ia32_rdtsc();
}
// ticksns converts a distance of cputicks to ns, by the rate since osinit.
uint64_t ticksns(uint64_t ticks);

// copybytes and fillbytes are memcpy and memset for what runs between a failed stack check
// and the function's body: they touch no vector register. Measured against loops of 16- and
// 64-byte moves, the string instructions are the fastest from 4 KB on.
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
int ostid(void);
_Noreturn void osexit(int status);

#endif
