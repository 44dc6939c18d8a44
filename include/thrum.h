// SPDX-License-Identifier: MIT
//
// thrum.h - the public interface: goroutines for plain C.
//
// A program built by thrumcc needs none of this to run: its main is already
// the first goroutine, on a stack of 2 KB that grows by copying. The calls
// below start more goroutines and let them wait for one another. Programs built
// by plain gcc or clang may use the same calls; their goroutines get fixed stacks.
//
// Every call says in thrum(7) and its man page which stack it needs and whether
// it may park. Recoverable failures are negative errno values; misuse ends the
// process with "fatal error: ..." and the goroutine's traceback, exit status 2.

#ifndef THRUM_H
#define THRUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// THRUM_NOSPLIT leaves the stack check out of a function's prologue. Such a
// function runs in the guard reserve of the stack: the build-time nosplit
// checker proves that every chain of them fits.
#if defined(__clang__)
#define THRUM_NOSPLIT __attribute__((annotate("thrum.nosplit"), noinline))
#else
#define THRUM_NOSPLIT
#endif

#define THRUM_MUST_CHECK __attribute__((warn_unused_result))

typedef struct thrum_g thrum_g; // a goroutine; opaque, valid until it has ended

// ---- running ---------------------------------------------------------------

// thrum_run turns the calling thread into an M, starts as many Ps as thrum_maxprocs says, runs
// fn(arg) as the main goroutine and returns when fn has returned. *status (may be NULL)
// gets fn's result. Goroutines that are not done by then stop where they are at their next call and
// go on in the next thrum_run, except one that waits in a callback on the calling thread: its foreign
// callers were on this stack. May be called again, from any thread, one at a time. Not from a
// goroutine. 0, -EBUSY when the runtime already runs, -ENOMEM, or what sigaltstack or
// pthread_getattr_np say.
int thrum_run(int (*fn)(void *arg), void *arg, int *status) THRUM_MUST_CHECK;

// thrum_start starts the runtime in a program that has its own main loop: goroutines run on
// procs threads of the runtime's (0: as many as thrum_maxprocs says) until thrum_stop. With
// THRUM_POLLED they run only inside thrum_poll, on its caller's thread. Not from a goroutine.
// 0, -EBUSY when the runtime runs, -EINVAL, -ENOMEM, or the error of timerfd_create.
#define THRUM_POLLED (-1)
int thrum_start(int procs) THRUM_MUST_CHECK;

// thrum_stop stops what thrum_start has started; goroutines stay where they are. Returns when none
// runs; who is in a foreign call finishes that. 0, -EBUSY from a goroutine, -EINVAL when
// thrum_start was not called.
int thrum_stop(void);

// thrum_poll_fd returns a file descriptor that becomes readable when thrum_poll has something to
// do; -EINVAL without thrum_start(THRUM_POLLED). The runtime keeps it and reads it.
int thrum_poll_fd(void);

// thrum_poll runs goroutines until none can run, for a millisecond at most, and returns how
// many are alive. A goroutine that blocks in a foreign call blocks the caller. Not from a goroutine.
// -EBUSY, -EINVAL without thrum_start(THRUM_POLLED), -ENOMEM.
int thrum_poll(void) THRUM_MUST_CHECK;

// thrum_go starts a goroutine that runs fn(arg). The stack starts at 2 KB, or
// at the size that fn has needed before; when fn is not built by thrumcc it is
// fixed (see thrum_set_fixed_stack). From any thread, also before the runtime
// runs. Does not park. 0, -ENOMEM.
int thrum_go(void (*fn)(void *arg), void *arg) THRUM_MUST_CHECK;

// thrum_yield lets the other runnable goroutines run first. Parks nothing; on
// a thread that runs no goroutine it is sched_yield.
void thrum_yield(void);

// thrum_self returns the calling goroutine, NULL outside of one.
thrum_g *thrum_self(void);

// thrum_goid returns the goroutine's number, from 1 on, unique in the process. 0 for NULL.
uint64_t thrum_goid(const thrum_g *g);

// thrum_goexit makes the deferred calls (thrum/panic.h) and ends the calling goroutine. After that of the main
// goroutine the others go on; when the last has ended that is a fatal error. Not in a callback.
__attribute__((noreturn)) void thrum_goexit(void);

// thrum_park makes the calling goroutine wait until thrum_ready(it). One
// ready that came first is kept: the next park returns at once.
void thrum_park(void);

// thrum_ready makes a goroutine in thrum_park runnable. From any thread. Does not park. A
// goroutine that has ended may be another by then: thrum_park can return without cause, so
// callers of it look at what they wait for in a loop.
void thrum_ready(thrum_g *g);

// ---- processors and threads --------------------------------------------------

// thrum_maxprocs sets how many goroutines run at the same time (at most 4096) and returns the
// old number; n < 1 only asks. At first: the processors in the affinity mask, or the cgroup's
// quota, or THRUM_PROCS. While goroutines run it stops them all for a moment. Source: Go's GOMAXPROCS.
int thrum_maxprocs(int n);

// thrum_lock_thread keeps the calling goroutine on its thread, and all others off it, until
// thrum_unlock_thread was called as often. A goroutine that ends locked ends the thread.
void thrum_lock_thread(void);
void thrum_unlock_thread(void);

// thrum_set_max_threads sets how many threads there may be (10,000 at first); more is a fatal
// error. Returns the old number.
size_t thrum_set_max_threads(size_t n);

// THRUM_BLOCKING on the declaration of a foreign function says that it blocks: while it runs,
// the goroutine's P is given to others at once, not only after the monitor has seen it.
#if defined(__clang__)
#define THRUM_BLOCKING __attribute__((annotate("thrum.blocking")))
#else
#define THRUM_BLOCKING
#endif

// ---- stacks ----------------------------------------------------------------

typedef struct thrum_stackinfo {
	size_t size;      // bytes of the current stack segment
	size_t used;      // bytes in use, all segments
	size_t segments;  // 1, more while pinned frames forced a new one
	uint64_t copies;  // times the stack has moved
	size_t unsafe;    // bytes of unsafe frame chunks held
	bool movable;     // false: a fixed stack, or pinned just now
	bool frozen;      // cut to its used bytes by thrum_freeze
} thrum_stackinfo;

// thrum_stack_info describes the stack of g, of the caller when g is NULL.
// 0, -EINVAL outside of a goroutine.
int thrum_stack_info(thrum_g *g, thrum_stackinfo *info);

// thrum_range is memory from lo on.
typedef struct thrum_range {
	const void *lo;
	size_t bytes;
} thrum_range;

// thrum_stack_ranges writes up to max ranges of memory that hold frames and locals of the caller's calls, and returns how
// many there are. A conservative collector scans them beside the thread's own stack, which is not among them:
// pthread_getattr_np(3) tells it. In the caller, __builtin_frame_address(0) keeps its frames where they are.
// Stack: any. Parks: no. Signal handlers: may be called; then the ranges are those of the interrupted code.
size_t thrum_stack_ranges(thrum_range *ranges, size_t max);

// thrum_freeze cuts the stack of a parked goroutine to the bytes it uses; the
// stack goes back to the pool, thrum_ready thaws it at whatever address is
// free then. 0, -EBUSY when g is not parked, -EPERM when its stack is fixed,
// pinned, or has foreign frames below it, -ENOMEM.
int thrum_freeze(thrum_g *g) THRUM_MUST_CHECK;

// thrum_stack_shrink halves the caller's stack while less than a quarter of it
// is used, and gives spare unsafe frame chunks back. Returns the new size in bytes.
size_t thrum_stack_shrink(void);

// thrum_stack_trim gives unused stack memory back to the kernel, also what each P keeps; returns bytes. Parks.
size_t thrum_stack_trim(void);

// thrum_set_max_stack sets how many bytes of stack and of locals beside it the calls of one goroutine or thread may
// take before that is a fatal error, and returns the old number. At first: 256 MB, see thrum_stack(3).
size_t thrum_set_max_stack(size_t bytes);

// thrum_set_fixed_stack sets the size in bytes of stacks for code that was
// not built by thrumcc (256 KB at first, committed lazily); returns the old one.
size_t thrum_set_fixed_stack(size_t bytes);

// ---- statistics ------------------------------------------------------------

typedef struct thrum_stats {
	uint64_t goroutines;  // now alive
	uint64_t spawned;     // since start
	uint64_t switches;    // goroutine to goroutine
	uint64_t parks;       // a goroutine began to wait
	uint64_t copies;      // stacks moved
	uint64_t segments;    // segments linked because a stack was pinned
	uint64_t foreign;     // callbacks from foreign code into instrumented code
	uint64_t steals;      // a P took work from another
	uint64_t stolen;      // ... goroutines in all
	uint64_t handovers;   // goroutines given directly to a spinning P
	uint64_t globpolls;   // times that the 61st switch looked into the global queue first
	uint64_t retakes;     // Ps taken from blocked foreign calls
	uint64_t threads_started;
	// Now; taken one after the other, so they need not add up while goroutines run:
	uint64_t running, runnable, waiting, in_foreign; // goroutines
	uint32_t procs, idle_procs, threads, idle_threads, spinning;
	// From runnable to running: latency[i] counts 2^i to 2^(i+1) ns. One in 64 is timed.
	uint64_t latency[40];
	size_t stack_bytes;   // in use by goroutines' stacks
	size_t stack_mapped;  // held from the kernel for stacks
	size_t unsafe_bytes;  // unsafe frame chunks in use
} thrum_stats;

void thrum_get_stats(thrum_stats *out);

typedef struct thrum_procstats {
	uint64_t switches, spawned, ended;
	uint64_t steals, stolen; // as above, by this P
	uint64_t globpolls;
	uint32_t runnable;       // in its queue
	bool running;            // has a thread
} thrum_procstats;

// thrum_get_procstats tells about P number i, 0 <= i < thrum_maxprocs(0). 0 or -EINVAL.
int thrum_get_procstats(int i, thrum_procstats *out);

#include <thrum/preempt.h>

// ---- diagnostics -----------------------------------------------------------

// thrum_dump writes where all goroutines are to the file fd and goes on: number, state and
// how long it has waited, functions with file and line, and who made it. From anywhere, also from a
// signal handler. Does not park. 0, -EBUSY in the handler of a fault that a dump of the
// same thread has made, or what write says.
int thrum_dump(int fd);

#ifdef __cplusplus
}
#endif

#include "thrum/ctx.h"
#include "thrum/panic.h"
#include "thrum/time.h"

// With clang the call below saves nothing that the caller does not need after it.
#if defined(__clang__) && defined(__x86_64__) && !defined(THRUM_NO_FAST_YIELD)
#if __has_attribute(preserve_none)
extern void thrum_yield_none(void) __attribute__((preserve_none));
#define thrum_yield() thrum_yield_none()
#endif
#endif

#include "thrum/chan.h"
#include "thrum/sync.h"

#endif
