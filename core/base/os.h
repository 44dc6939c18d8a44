// SPDX-License-Identifier: MIT
//
// os.h - the calls of the kernel; each that can fail the runtime has a fault point.
//
// THRUM_FAULT=mmap:7 makes the seventh mmap fail with its usual errno, mmap:7+ all later ones too. The tests
// count n upwards until a program succeeds, so each failure path runs, also where nothing can be had any more. All
// functions run on any system stack and are safe in signal handlers.

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

// What memory is mapped for: enum thrum_mapped of thrum.h, by the same numbers.
enum osuse { UseStacks, UseFrames, UseSched, UseRegs, UseSignals, UseSync, UseTimers, UseTables, NUSE };

// osmap returns zeroed memory of size bytes, aligned to align (a power of two of at
// least a page), not backed before it is touched; NULL when there is none.
void *osmap(size_t size, size_t align, enum osuse use);
// osunmap gives memory back that osmap has returned for the same use: all of it, or whole pages.
void osunmap(void *p, size_t size, enum osuse use);

// osmapped returns the bytes that are mapped for a use, in whole pages. It is exact: the sum over all uses is what osmap
// has got and osunmap has not given back.
size_t osmapped(enum osuse use);
// osusename returns the name of a use.
const char *osusename(enum osuse use);

// osspace returns how much the process may map, by RLIMIT_AS and RLIMIT_DATA; SIZE_MAX: no limit.
size_t osspace(void);

// osrelease gives the pages back; they read as zeros afterwards.
void osrelease(void *p, size_t size);

// ostrim does the same and returns how many bytes had pages.
size_t ostrim(void *p, size_t size);

// sortaddresses sorts n addresses, the lowest first, in place and without memory.
void sortaddresses(void **v, size_t n);
// oshuge asks for huge pages, or against them. Advice only.
void oshuge(void *p, size_t size, bool want);
// osguard makes [p, p + size) fault at any access, without a VMA of its own where the
// kernel can (MADV_GUARD_INSTALL, 6.13), else by mprotect. 0 or -errno.
int osguard(void *p, size_t size);
// osprotect does so by mprotect: gdb leaves memory out of core files that lies near such a place
// without a VMA. For what there are few of.
int osprotect(void *p, size_t size);

// ossigaltstack is the system call sigaltstack(2), whose function in libc is interposed; both are stack_t.
int ossigaltstack(const void *ss, void *old);

// osonstack gives SA_ONSTACK to every handler that has come without it, past sigaction: by system calls, or from libc, which
// has some for its own signals. A handler that another thread installs at the same moment may be lost.
void osonstack(void);

// osaltstack gives the thread a signal stack unless it has one: 1, 0 when it has, or -errno.
int osaltstack(void *p, size_t size);

// osaltstackoff takes it away again.
void osaltstackoff(void);

// osstack tells the bounds of the calling thread's stack. 0 or -errno.
int osstack(char **lo, char **hi);

// ossyscall is a system call without libc: any stack, errno untouched. The result or -errno.
static inline long
ossyscall(long n, long a, long b, long c, long d)
{
	return syscall4(n, a, b, c, d);
}

// osyield lets another thread run.
void osyield(void);

// spinwait is the n-th turn of a loop that waits for another thread, which may have lost its processor.
void spinwait(unsigned n);

// osfutexsleep sleeps while *addr == val, at most ns (0: for ever); it may return early.
void osfutexsleep(_Atomic uint32_t *addr, uint32_t val, uint64_t ns);
void osfutexwakeup(_Atomic uint32_t *addr, int n);

// ospthread is libc's pthread_create, below the runtime's (core/stack/plain.c).
int ospthread(pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);

// osthread starts a detached thread on a stack of its own, all signals blocked when asked, else those
// that the caller of the first osinherit blocked; before, those that were blocked at osinit.
// 0 or -errno.
int osthread(void *(*fn)(void *), void *arg, bool nosignals);
void osinherit(void);

// ostied tells whether the end of the calling thread would do something to others: it has children, or traces somebody; it
// holds robust mutexes; timers are its own or send it signals.
bool ostied(void);

// osbarrierinit: true when osbarrier works. osbarrier makes every running thread of the process
// pass a full memory barrier (membarrier): what asymmetric fences are made of. Some 5 us
// while another thread runs.
bool osbarrierinit(void);
void osbarrier(void);

// osthreads counts the process's threads for which known(tid) is false; INT_MAX when it cannot. Where one
// ends while the list is read, Linux may leave out another that lives on: nobody is missing only if the list is as
// long as it should be.
int osthreads(bool (*known)(int tid));

// ospeek reads up to n bytes of this process's memory, which may be unmapped. How many it could.
size_t ospeek(const void *from, void *to, size_t n);

// oswrite writes all, also where that must be waited for. 0 or -errno.
int oswrite(int fd, const void *p, size_t n);
uint64_t nanotime(void); // ns, monotonic
// later returns now + ns; what is beyond the end of time is the end of time.
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
uint64_t nsticks(uint64_t ns); // and back

int ostid(void);
int ostgkill(int tid, int sig); // a signal for one thread of the process; 0 or -errno
_Noreturn void osexit(int status);

#endif
