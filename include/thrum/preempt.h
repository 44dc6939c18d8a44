// SPDX-License-Identifier: MIT
//
// preempt.h - time slices, asking a goroutine to give way, and how long that took.
//
// A goroutine that runs while another waits is asked to give way when its quantum is over. It does
// so at its next stack check, or, when none comes, where a signal (SIGURG) finds it. Code that
// thrumcc has not built is never interrupted. Every request is timed.

#ifndef THRUM_PREEMPT_H
#define THRUM_PREEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct thrum_g;

// thrum_set_quantum sets for how long goroutines run while others wait, in ns, from 20,000
// to 1,000,000,000 (what is beyond is brought there; 0 only asks), and returns the old value. At first 10 ms, or
// what THRUM_QUANTUM says ("100us", "5ms", "1s", a plain number is ns). From any thread, does not park.
uint64_t thrum_set_quantum(uint64_t ns);

// thrum_set_goroutine_quantum does so for one goroutine, the caller when g is NULL; 0: the process's
// again. Returns the old value, 0 when it had none of its own; also outside of a goroutine.
uint64_t thrum_set_goroutine_quantum(struct thrum_g *g, uint64_t ns);

// thrum_preempt asks g, if it runs now, to give way at once to whoever is runnable, whatever its
// quantum; it becomes the last of the global queue. Does not wait for it. From any thread or signal
// handler's caller but g itself (thrum_yield). 0, -ESRCH when g does not run or is the caller, -EBUSY while it is in
// foreign code, -EINVAL for NULL.
int thrum_preempt(struct thrum_g *g);

// A histogram of times: log-linear, 16 steps per power of two, so no value is off by more than 1/32. Bucket i
// holds [thrum_hist_lower(i), thrum_hist_lower(i + 1)) ns.
#define THRUM_HIST_BUCKETS 592

typedef struct thrum_hist {
	uint64_t n;   // values
	uint64_t sum; // ns
	uint64_t max; // ns
	uint64_t count[THRUM_HIST_BUCKETS];
} thrum_hist;

uint64_t thrum_hist_lower(size_t i); // ns
// thrum_hist_percentile returns the value below which p (0 to 100) percent lie: the middle of its bucket,
// or max for the last value. 0 when there are none.
uint64_t thrum_hist_percentile(const thrum_hist *h, double p);
// thrum_hist_sub takes what was there at an earlier time out of h; max becomes the end of its highest bucket left.
void thrum_hist_sub(thrum_hist *h, const thrum_hist *earlier);
// thrum_hist_record adds a value, in ns: for a program's own measurements. One thread at a time per histogram.
void thrum_hist_record(thrum_hist *h, uint64_t ns);

// What is timed, for all Ps together.
enum thrum_hist_kind {
	THRUM_HIST_NOTICE_CHECK,  // asked, until a stack check or a loop poll has seen it
	THRUM_HIST_NOTICE_SIGNAL, // asked, until the signal's handler was entered
	THRUM_HIST_SWITCH_CHECK,  // asked, until switched away by a check or poll
	THRUM_HIST_SWITCH_SIGNAL, // asked, until switched away by the signal
	THRUM_HIST_WAIT,          // runnable, until running: one in thrum_set_latency_sampling goroutines
	THRUM_HIST_SLICE,         // how long those that were asked had been running, as far as the monitor has seen
	THRUM_HIST_FOREIGN,       // how long a foreign call that held up others had lasted when its P was taken
	THRUM_HIST_STOP,          // asked to stop all Ps (thrum_maxprocs, the end of a run), until they were stopped
	THRUM_HIST_KINDS,
};

// thrum_get_hist copies one of them. 0 or -EINVAL.
int thrum_get_hist(enum thrum_hist_kind kind, thrum_hist *out);

// thrum_set_latency_sampling: of how many ways from runnable to running one is timed: 64 at first, 1 for all
// (some 20 ns each). Returns the old number; 0 only asks.
uint32_t thrum_set_latency_sampling(uint32_t n);

typedef struct thrum_preempt_stats {
	uint64_t asked;      // requests
	uint64_t checked;    // switched away by a stack check
	uint64_t polled;     // ... by a loop poll (-fthrum-poll)
	uint64_t signalled;  // ... by a signal
	uint64_t sent;       // signals
	uint64_t moot;       // requests that found the goroutine switched away by itself
	// Signals that came at a place where nothing may be done, and were tried again:
	uint64_t foreign;    // in foreign code, or code not built by thrumcc
	uint64_t runtime;    // in the runtime
	uint64_t unsafe;     // in a range that the compiler lists
	uint64_t nomemory;   // nowhere to keep the registers
	uint64_t late;       // for a goroutine that had gone already
	uint64_t overdue;    // signals not delivered within 10 ms: blocked, or the thread has no processor
} thrum_preempt_stats;

void thrum_get_preempt_stats(thrum_preempt_stats *out);

#ifdef __cplusplus
}
#endif

#endif
