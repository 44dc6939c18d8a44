// SPDX-License-Identifier: MIT
//
// thrum.h - the public interface: goroutines for plain C.
//
// A program built by thrumcc needs none of this to run: its main is already the first goroutine, on
// a stack of 2 KB that grows by copying. The calls below start more goroutines and let them wait
// for one another. Programs built by plain gcc or clang may use the same calls; their goroutines
// get fixed stacks.
//
// Contracts use fixed labels. `Stack:` says where a call may be made, `Parks:` whether the calling
// goroutine may wait. Without a label, a call may be made anywhere: on goroutines, in foreign code
// that they have called, and on any other thread, also before the runtime runs. It does not park
// then. No call may be made by a signal handler, unless its contract allows it. thrum(7) has the
// same as a table.
//
// A failure from which a program can recover is a negative errno value. Misuse ends the process
// with "fatal error: ...", the traceback of the goroutine, and exit status 2.

#ifndef THRUM_H
#define THRUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// THRUM_NOSPLIT leaves the stack check out of a function's prologue. Such a function runs in the
// reserve below the stack's guard. The build-time nosplit checker proves that every chain of such
// functions fits there.
#if defined(__clang__)
#define THRUM_NOSPLIT __attribute__((annotate("thrum.nosplit"), noinline))
#else
#define THRUM_NOSPLIT
#endif

#define THRUM_MUST_CHECK __attribute__((warn_unused_result))

typedef struct thrum_g thrum_g; // a goroutine; opaque, valid until it has ended

// ---- running ---------------------------------------------------------------

// thrum_run turns the calling thread into an M and starts as many Ps as thrum_maxprocs says. It
// runs fn(arg) as the main goroutine and returns when fn has returned. *status gets fn's result;
// status may be NULL.
//
// A goroutine that has not ended by then stops at its next call and continues in the next
// thrum_run. The exception is a goroutine in a callback on the calling thread, whose foreign
// callers were on this stack. thrum_run may be called again, from any thread, one call at a time.
//
// Stack: a thread's, not a goroutine's.
// Returns: 0.
// Errors: -EBUSY if the runtime already runs, -ENOMEM, and the errors of sigaltstack and
// pthread_getattr_np.
int thrum_run(int (*fn)(void *arg), void *arg, int *status) THRUM_MUST_CHECK;

// thrum_start starts the runtime in a program that has its own main loop. Goroutines run on procs
// threads of the runtime until thrum_stop; 0 means as many as thrum_maxprocs says. With
// THRUM_POLLED goroutines run only inside thrum_poll, on the thread of its caller.
//
// Stack: a thread's, not a goroutine's.
// Returns: 0.
// Errors: -EBUSY if the runtime already runs, -EINVAL, -ENOMEM, and the errors of timerfd_create.
#define THRUM_POLLED (-1)
int thrum_start(int procs) THRUM_MUST_CHECK;

// thrum_stop stops the runtime that thrum_start has started. It returns when no goroutine runs; a
// foreign call is finished first. Goroutines keep their state.
//
// Stack: a thread's, not a goroutine's.
// Returns: 0.
// Errors: -EBUSY from a goroutine, -EINVAL if thrum_start was not called.
int thrum_stop(void);

// thrum_poll_fd returns a file descriptor that becomes readable when thrum_poll has work to do. The
// runtime owns the descriptor and reads it.
//
// Errors: -EINVAL without thrum_start(THRUM_POLLED).
int thrum_poll_fd(void);

// thrum_poll runs goroutines until none is runnable, but at most for a millisecond. A goroutine
// that blocks in a foreign call blocks the caller.
//
// Stack: a thread's, not a goroutine's.
// Returns: the number of goroutines that are alive.
// Errors: -EBUSY, -EINVAL without thrum_start(THRUM_POLLED), -ENOMEM.
int thrum_poll(void) THRUM_MUST_CHECK;

// thrum_go starts a goroutine that runs fn(arg). Its stack has 2 KB at first, or the size that fn
// needed before. If fn was not built by thrumcc, the stack is fixed; see thrum_set_fixed_stack.
//
// Returns: 0.
// Errors: -ENOMEM.
int thrum_go(void (*fn)(void *arg), void *arg) THRUM_MUST_CHECK;

// thrum_yield lets the other runnable goroutines run first. On a thread that runs no goroutine it
// is sched_yield.
//
// Parks: no; the goroutine stays runnable.
void thrum_yield(void);

// thrum_self returns the calling goroutine, NULL outside a goroutine. Signal handlers may call it.
thrum_g *thrum_self(void);

// thrum_goid returns the number of a goroutine, from 1 on, unique in the process. It returns 0 for
// NULL. Signal handlers may call it.
uint64_t thrum_goid(const thrum_g *g);

// thrum_goexit runs the deferred calls (thrum/panic.h) and ends the calling goroutine. If the main
// goroutine ends this way, the others continue. It is a fatal error when the last one has ended.
//
// Stack: a goroutine's, not in a callback.
__attribute__((noreturn)) void thrum_goexit(void);

// thrum_park makes the calling goroutine wait until thrum_ready is called for it. One ready that
// came earlier is kept: the next park returns at once.
//
// Stack: a goroutine's.
// Parks: yes.
void thrum_park(void);

// thrum_ready makes a goroutine in thrum_park runnable. A goroutine that has ended may have become
// another one by then. So thrum_park can return without a cause, and its callers check in a loop
// the state that they wait for.
void thrum_ready(thrum_g *g);

// ---- processors and threads --------------------------------------------------

// thrum_maxprocs sets how many goroutines run at the same time, at most 4096. If n < 1, nothing is
// set. The initial number is that of the processors in the affinity mask, the cgroup's quota, or
// THRUM_PROCS. While goroutines run, the call stops them all for a moment. Source: Go's GOMAXPROCS.
//
// Parks: no; a goroutine may take turns with others.
// Returns: the old number.
int thrum_maxprocs(int n);

// thrum_lock_thread keeps the calling goroutine on its thread, and all others off that thread,
// until thrum_unlock_thread was called as often. If a goroutine ends while it is locked, its thread
// ends.
//
// Stack: a goroutine's.
void thrum_lock_thread(void);
void thrum_unlock_thread(void);

// thrum_set_max_threads sets how many threads there may be, 10,000 at first. It is a fatal error to
// need more.
//
// Returns: the old number.
size_t thrum_set_max_threads(size_t n);

// THRUM_BLOCKING on the declaration of a foreign function states that it blocks. The goroutine's P
// is given to others at once when it is called, not only after the monitor has noticed the call.
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
	bool movable;     // false: a fixed stack, or one that is pinned now
	bool frozen;      // cut to its used bytes by thrum_freeze
} thrum_stackinfo;

// thrum_stack_info describes the stack of g, or that of the caller if g is NULL.
//
// Returns: 0.
// Errors: -EINVAL outside a goroutine; -EBUSY if g is another goroutine that does not wait.
int thrum_stack_info(thrum_g *g, thrum_stackinfo *info);

// thrum_range is memory from lo on.
typedef struct thrum_range {
	const void *lo;
	size_t bytes;
} thrum_range;

// thrum_stack_ranges writes up to max ranges of memory that hold frames and locals of the caller's
// calls. A conservative collector scans them beside the thread's own stack, which is not among
// them; pthread_getattr_np(3) tells that one. In the caller, __builtin_frame_address(0) keeps its
// frames where they are.
//
// Returns: the number of ranges.
// Signal handlers may call it; the ranges then are those of the interrupted code.
size_t thrum_stack_ranges(thrum_range *ranges, size_t max);

// thrum_freeze cuts the stack of a parked goroutine to the bytes in use. The rest goes back to the
// pool. thrum_ready thaws the stack, at any address that is free then.
//
// Returns: 0.
// Errors: -EBUSY if g is not parked; -EPERM if its stack is fixed, pinned, or has foreign frames
// below it; -ENOMEM.
int thrum_freeze(thrum_g *g) THRUM_MUST_CHECK;

// thrum_stack_shrink halves the caller's stack while less than a quarter of it is used. It also
// gives spare unsafe frame chunks back.
//
// Stack: a goroutine's; elsewhere it returns 0.
// Returns: the new size in bytes.
size_t thrum_stack_shrink(void);

// thrum_stack_trim gives unused stack memory back to the kernel.
//
// Returns: bytes.
size_t thrum_stack_trim(void);

// thrum_set_max_stack sets how many bytes the stack of one goroutine or thread, and the locals
// beside it, may take. More is a fatal error. The initial number is 256 MB; see thrum_stack(3).
//
// Returns: the old number.
size_t thrum_set_max_stack(size_t bytes);

// thrum_set_fixed_stack sets the size in bytes of stacks for code that was not built by thrumcc.
// The initial size is 256 KB, committed lazily.
//
// Returns: the old size.
size_t thrum_set_fixed_stack(size_t bytes);

// ---- statistics ------------------------------------------------------------

// What the runtime maps memory for: indices of thrum_stats.mapped.
enum thrum_mapped {
	THRUM_MAPPED_STACKS,  // goroutines' stacks, with guard regions and what frozen stacks are kept in
	THRUM_MAPPED_FRAMES,  // unsafe frames
	THRUM_MAPPED_SCHED,   // records of goroutines, threads and Ps
	THRUM_MAPPED_REGS,    // registers of goroutines that were stopped between two calls
	THRUM_MAPPED_SIGNALS, // signal stacks of threads
	THRUM_MAPPED_SYNC,    // contexts, pools, cases of selects
	THRUM_MAPPED_TIMERS,
	THRUM_MAPPED_TABLES,  // lists of goroutines, modules and symbols, the global run queue
	THRUM_MAPPED_HEAP,    // objects of thrum/alloc.h
	THRUM_MAPPED_META,    // the heap's own tables
	THRUM_NMAPPED,
};

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
	// Now. They are read one after the other, so they need not add up while goroutines run:
	uint64_t running, runnable, waiting, in_foreign; // goroutines
	uint32_t procs, idle_procs, threads, idle_threads, spinning;
	// From runnable to running: latency[i] counts 2^i to 2^(i+1) ns. One in 64 is timed.
	uint64_t latency[40];
	size_t stack_bytes;   // in use by goroutines' stacks
	size_t stack_mapped;  // held from the kernel for stacks
	size_t unsafe_bytes;  // unsafe frame chunks in use
	size_t mapped[THRUM_NMAPPED]; // bytes of address space by what they are for, exact
} thrum_stats;

void thrum_get_stats(thrum_stats *out);

typedef struct thrum_procstats {
	uint64_t switches, spawned, ended;
	uint64_t steals, stolen; // as above, by this P
	uint64_t globpolls;
	uint32_t runnable;       // in its queue
	bool running;            // has a thread
} thrum_procstats;

// thrum_get_procstats describes P number i, 0 <= i < thrum_maxprocs(0).
//
// Returns: 0.
// Errors: -EINVAL.
int thrum_get_procstats(int i, thrum_procstats *out);

#include <thrum/preempt.h>

// ---- diagnostics -----------------------------------------------------------

// thrum_dump writes the state of all goroutines to the file fd and returns: number, state and how
// long it has lasted, functions with file and line, and the creator. Signal handlers may call it.
//
// Returns: 0.
// Errors: -EBUSY in the handler of a fault that a dump of the same thread has caused, and the
// errors of write.
int thrum_dump(int fd);

#ifdef __cplusplus
}
#endif

#include "thrum/alloc.h"
#include "thrum/ctx.h"
#include "thrum/panic.h"
#include "thrum/time.h"

// With clang, the call below saves only the registers that the caller needs after it.
#if defined(__clang__) && defined(__x86_64__) && !defined(THRUM_NO_FAST_YIELD)
#if __has_attribute(preserve_none)
extern void thrum_yield_none(void) __attribute__((preserve_none));
#define thrum_yield() thrum_yield_none()
#endif
#endif

#include "thrum/chan.h"
#include "thrum/sync.h"

#endif
