// SPDX-License-Identifier: MIT
//
// os.h - the system calls. Each call by which the runtime can fail has a fault point.
//
// THRUM_FAULT=mmap:7 makes the seventh mmap fail with its usual errno; mmap:7+ makes all later ones
// fail too. The tests count up n until a program succeeds, so each failure path runs, even if no
// resource is left. All functions run on any system stack and are safe in signal handlers.

#ifndef THRUM_BASE_OS_H
#define THRUM_BASE_OS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/x86_64/cpu.h"

#define PAGE 4096

enum osfault { FaultMmap, FaultMadvise, FaultMprotect, FaultSigaltstack, FaultClone, FaultFutex, FaultMembarrier, NFAULT };

// osinit reads THRUM_FAULT.
void osinit(void);

// The uses for which memory is mapped: enum thrum_mapped of thrum.h, by the same numbers.
enum osuse { UseStacks, UseFrames, UseSched, UseRegs, UseSignals, UseSync, UseTimers, UseTables, UseHeap, UseMeta, NUSE };

// osmap returns zeroed memory of size bytes, aligned to align (a power of two, at least a page). It
// is not backed before it is touched. Returns: NULL if there is none.
void *osmap(size_t size, size_t align, enum osuse use);
// osmapat does so at an address, if no other mapping is there. The kernel may refuse more than
// there can be. Returns: 0; -EEXIST; or -ENOMEM.
int osmapat(void *at, size_t size, enum osuse use);
// osunmap gives back memory that osmap has returned for the same use: all of it, or whole pages.
void osunmap(void *p, size_t size, enum osuse use);

// osmapped returns the bytes that are mapped for a use, in whole pages. The sum over all uses is
// exactly what osmap has mapped and osunmap has not given back.
size_t osmapped(enum osuse use);
// osusename returns the name of a use.
const char *osusename(enum osuse use);

// osspace returns the bytes that the process may map, by RLIMIT_AS and RLIMIT_DATA; SIZE_MAX: no
// limit.
size_t osspace(void);

// osrelease gives the pages back. They read as zeros afterwards. It does not change errno. Returns:
// false if the kernel has refused; then they are as they were.
bool osrelease(void *p, size_t size);

// ostrim does the same. Returns: the bytes that had pages.
size_t ostrim(void *p, size_t size);

// sortaddresses sorts n addresses in place, the lowest first.
void sortaddresses(void **v, size_t n);
// oshuge advises for or against huge pages.
void oshuge(void *p, size_t size, bool want);
// osguard makes [p, p + size) fault at any access. If the kernel can do it without a VMA
// (MADV_GUARD_INSTALL, 6.13), it does; else by mprotect. Returns: 0 or -errno.
int osguard(void *p, size_t size);
// osprotect does so by mprotect, for the few ranges near which memory must be in core files: gdb
// leaves out memory that lies near a guard without a VMA.
int osprotect(void *p, size_t size);

// ossigaltstack is the system call sigaltstack(2), because libc's function is interposed. Both
// pointers are to stack_t.
int ossigaltstack(const void *ss, void *old);

// osonstack gives SA_ONSTACK to every handler that was installed without it, past sigaction: by
// system calls, or by libc, which has some for its own signals. If another thread installs a
// handler at the same moment, that handler may be lost.
void osonstack(void);

// osaltstack gives the thread a signal stack. Returns: 1; 0 if the thread has one already; or
// -errno.
int osaltstack(void *p, size_t size);

// osaltstackoff takes the thread's signal stack away.
void osaltstackoff(void);

// osstack finds the bounds of the calling thread's stack. Returns: 0 or -errno.
int osstack(char **lo, char **hi);

// ossyscall is a system call without libc; it does not change errno. Stack: any. Returns: the
// result or -errno.
static inline long
ossyscall(long n, long a, long b, long c, long d)
{
	return syscall4(n, a, b, c, d);
}

// osyield lets another thread run.
void osyield(void);

// spinwait is the n-th turn of a loop that waits for another thread, which may have lost its
// processor.
void spinwait(unsigned n);

// osfutexsleep sleeps while *addr == val, at most ns (0: without a limit). It may return early.
void osfutexsleep(_Atomic uint32_t *addr, uint32_t val, uint64_t ns);
void osfutexwakeup(_Atomic uint32_t *addr, int n);

// ospthread is libc's pthread_create, which the runtime's (core/stack/plain.c) interposes.
int ospthread(pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);

// osthread starts a detached thread on a stack of its own. If nosignals, all signals are blocked.
// Otherwise the mask is that of the first caller of osinherit; before that call, it is the mask at
// osinit. Returns: 0 or -errno.
int osthread(void *(*fn)(void *), void *arg, bool nosignals);
void osinherit(void);

// ostied tells whether the end of the calling thread would affect others. It does if the thread has
// children, traces a process, or holds robust mutexes. It also does if it has timers of its own, or
// timers that send it signals.
bool ostied(void);

// osbarrierinit returns true if osbarrier works. osbarrier makes every running thread of the
// process pass a full memory barrier (membarrier): the base of asymmetric fences. It takes about 5
// us while another thread runs.
bool osbarrierinit(void);
void osbarrier(void);

// osthreads counts the process's threads for which known(tid) is false; INT_MAX if it cannot. If a
// thread ends while the list is read, Linux may leave out another that lives on. So the list is
// complete only if it is as long as it should be.
int osthreads(bool (*known)(int tid));

// ospeek reads up to n bytes of this process's memory, which may be unmapped. Returns: the bytes
// read.
size_t ospeek(const void *from, void *to, size_t n);

// oswrite writes all bytes, and waits for that if it must. Returns: 0 or -errno.
int oswrite(int fd, const void *p, size_t n);
uint64_t nanotime(void);   // ns, monotonic
uint64_t coarsetime(void); // the same, up to 10 ms ago, for a fifth of the price
// later returns now + ns, or UINT64_MAX if that overflows.
static inline uint64_t
later(uint64_t now, uint64_t ns)
{
	return ns > UINT64_MAX - now ? UINT64_MAX : now + ns;
}
void osnap(uint64_t ns);  // sleeps
void osprompt(void);      // the thread's sleeps end on time, not up to 50 us later
void osunprompt(void);

// ticksns converts a distance of cputicks to ns, by the rate since osinit.
uint64_t ticksns(uint64_t ticks);
uint64_t nsticks(uint64_t ns); // the reverse

int ostid(void);
int ostgkill(int tid, int sig); // a signal for one thread of the process; 0 or -errno
_Noreturn void osexit(int status);

#endif
