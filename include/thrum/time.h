// SPDX-License-Identifier: MIT
//
// time.h - clock, sleep, timers and tickers.
//
// Times are in nanoseconds, by the system's monotonic clock: it does not jump when somebody sets the time of day,
// and stands still while the machine sleeps. Nothing here happens early; how late, see thrum_sleep(3). All
// may be called by goroutines, by foreign code that they have called, and by any other thread.

#ifndef THRUM_TIME_H
#define THRUM_TIME_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// thrum_now returns the time since some moment in the past. No system call, where the kernel's clock needs none.
uint64_t thrum_now(void);

// thrum_sleep parks the calling goroutine for at least ns nanoseconds; a thread that runs none sleeps. 0 or less:
// thrum_yield. No memory is allocated. Source: Go's time.Sleep.
void thrum_sleep(int64_t ns);

// thrum_sleep_until parks until thrum_now() is at least when; thrum_yield when it is already. For loops whose period
// must not drift.
void thrum_sleep_until(uint64_t when);

// A thrum_timer calls a function once, later, in a goroutine of its own. Zero-initialised it is idle; the fields are
// the runtime's. It is the caller's memory: while the timer is armed it must stay where it is.
typedef struct thrum_timer {
	void *link[2];
	uint64_t when;
	void (*fire)(void);
	uint64_t state;
	void (*fn)(void *);
	void *arg;
} thrum_timer;

// thrum_timer_start arms t: fn(arg) runs in ns nanoseconds, at once for 0 or less. A t that is armed changes its time
// and function. Does not park. True: it was armed; false: it was idle, and a goroutine that an earlier start has
// begun may still run. Should there be no memory for the goroutine then, the runtime tries again every millisecond.
// Source: Go's time.AfterFunc.
bool thrum_timer_start(thrum_timer *t, int64_t ns, void (*fn)(void *arg), void *arg);

// thrum_timer_reset is thrum_timer_start with the function that t has; fatal when it has had none. Source: Go's
// Timer.Reset, as of 1.23.
bool thrum_timer_reset(thrum_timer *t, int64_t ns);

// thrum_timer_stop makes t idle. True: it was armed, fn will not be called. False: it was idle: fn has been
// started, or t was stopped before. It does not wait for fn. Afterwards t may be freed, in both cases, unless
// another thread starts it. Does not park. Source: Go's Timer.Stop.
bool thrum_timer_stop(thrum_timer *t);

// A thrum_ticker tells one goroutine, or thread, again and again that a period is over. The fields are the runtime's.
typedef struct thrum_ticker {
	uint64_t next, period;
} thrum_ticker;

// thrum_ticker_start begins: the first tick is in period nanoseconds; fatal when that is not above 0. It also begins
// anew. A ticker needs no stop. Source: Go's time.NewTicker.
void thrum_ticker_start(thrum_ticker *t, int64_t period);

// thrum_ticker_wait parks until the next tick and returns how many there have been since the last wait: more
// than 1 when the caller is too slow for the period. Ticks do not drift.
uint64_t thrum_ticker_wait(thrum_ticker *t);

#ifdef __cplusplus
}
#endif

#endif
