// SPDX-License-Identifier: MIT
//
// preempt.h - time slices, requests to give way, and how long those take.
//
// If a goroutine runs while another one waits, it is asked to give way when its quantum is over. It
// does so at its next stack check. If none comes, it does so where a signal (SIGURG) finds it. Code
// that thrumcc has not built is never interrupted. Every request is timed.

#ifndef THRUM_PREEMPT_H
#define THRUM_PREEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct thrum_g;

// thrum_set_quantum sets for how long goroutines run while others wait. ns is brought into the
// range from 20,000 to 1,000,000,000; 0 sets nothing. The initial value is 10 ms, or that of
// THRUM_QUANTUM ("100us", "5ms", "1s"; a plain number is ns).
//
// Returns: the old value.
uint64_t thrum_set_quantum(uint64_t ns);

// thrum_set_goroutine_quantum does the same for one goroutine, the caller if g is NULL. 0 makes the
// process's quantum apply again.
//
// Returns: the old value; 0 if g had none of its own, and outside a goroutine.
uint64_t thrum_set_goroutine_quantum(struct thrum_g *g, uint64_t ns);

// thrum_preempt asks g, if it runs now, to give way at once, whatever its quantum. g then goes to
// the end of the global queue. The call does not wait for g. It may be made from any thread; to
// give way itself, a goroutine calls thrum_yield instead.
//
// Returns: 0.
// Errors: -ESRCH if g does not run or is the caller, -EBUSY while g is in foreign code, -EINVAL for
// NULL.
int thrum_preempt(struct thrum_g *g);

// A histogram of times. It is log-linear, with 16 steps per power of two, so no value is off by
// more than 1/32. Bucket i holds [thrum_hist_lower(i), thrum_hist_lower(i + 1)) ns.
#define THRUM_HIST_BUCKETS 592

typedef struct thrum_hist {
	uint64_t n;   // values
	uint64_t sum; // ns
	uint64_t max; // ns
	uint64_t count[THRUM_HIST_BUCKETS];
} thrum_hist;

uint64_t thrum_hist_lower(size_t i); // ns
// thrum_hist_percentile returns the value below which p percent (0 to 100) of all values lie. It is
// the middle of the value's bucket, or max for the last value. 0 if there are no values.
uint64_t thrum_hist_percentile(const thrum_hist *h, double p);
// thrum_hist_sub subtracts an earlier state of h from h. max becomes the end of its highest bucket
// that is not empty.
void thrum_hist_sub(thrum_hist *h, const thrum_hist *earlier);
// thrum_hist_record adds a value in ns, for measurements of the program itself. Only one thread at
// a time may add to a histogram.
void thrum_hist_record(thrum_hist *h, uint64_t ns);

// The times that the runtime measures, over all Ps.
enum thrum_hist_kind {
	THRUM_HIST_NOTICE_CHECK,  // asked, until a stack check or a loop poll has seen it
	THRUM_HIST_NOTICE_SIGNAL, // asked, until the signal's handler was entered
	THRUM_HIST_SWITCH_CHECK,  // asked, until switched away by a check or poll
	THRUM_HIST_SWITCH_SIGNAL, // asked, until switched away by the signal
	THRUM_HIST_WAIT,          // runnable, until running; one in thrum_set_latency_sampling times
	THRUM_HIST_SLICE,         // run time before the request, as far as the monitor saw
	THRUM_HIST_FOREIGN,       // duration of a blocking foreign call when its P was taken
	THRUM_HIST_STOP,          // asked to stop all Ps (thrum_maxprocs, a run ends), until stopped
	THRUM_HIST_KINDS,
};

// thrum_get_hist copies one of the histograms.
//
// Returns: 0.
// Errors: -EINVAL.
int thrum_get_hist(enum thrum_hist_kind kind, thrum_hist *out);

// thrum_set_latency_sampling sets that one of n ways from runnable to running is timed. The initial
// number is 64; 1 times all, at some 20 ns each; 0 sets nothing.
//
// Returns: the old number.
uint32_t thrum_set_latency_sampling(uint32_t n);

typedef struct thrum_preempt_stats {
	uint64_t asked;      // requests
	uint64_t checked;    // switched away by a stack check
	uint64_t polled;     // ... by a loop poll (-fthrum-poll)
	uint64_t signalled;  // ... by a signal
	uint64_t sent;       // signals
	uint64_t moot;       // requests that found the goroutine switched away by itself
	// Signals that came at a place where no switch is allowed, and were sent again:
	uint64_t foreign;    // in foreign code, or code not built by thrumcc
	uint64_t runtime;    // in the runtime
	uint64_t unsafe;     // in a range that the compiler lists
	uint64_t nomemory;   // nowhere to keep the registers
	uint64_t late;       // for a goroutine that was not running there any more
	uint64_t overdue;    // signals not delivered within 10 ms: blocked, or no processor
} thrum_preempt_stats;

void thrum_get_preempt_stats(thrum_preempt_stats *out);

#ifdef __cplusplus
}
#endif

#endif
