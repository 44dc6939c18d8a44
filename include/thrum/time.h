// SPDX-License-Identifier: MIT
//
// time.h - clock, sleep, timers and tickers, channels of time.
//
// Times are in nanoseconds, by the system's monotonic clock: it does not jump when somebody sets the time of day,
// and stands still while the machine sleeps. Nothing here happens early; how late, see thrum_sleep(3). All
// may be called by goroutines, by foreign code that they have called, and by any other thread.

#ifndef THRUM_TIME_H
#define THRUM_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "thrum/chan.h"

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

// A channel of time is one to receive from, by all that chan.h has, or in a select:
//
//	thrum_chan *idle = thrum_after(1000000000);
//	THRUM_SELECT {
//	THRUM_ON_RECV(requests, &r) { thrum_time_reset(idle, 1000000000); ... }
//	THRUM_ON_TIME(idle, NULL)   { ... }
//	}
//
// Its values are uint64_t: when they were due, by thrum_now. It belongs to who has made it, and ends by thrum_chan_free, at
// any time. No value waits in it, its length is 0: one that is due is there until it is received, or followed by the next
// one, stopped or reset. While nobody waits it costs nothing. To send on it or to close it is a fatal error.

// thrum_after makes one on which a single value comes in ns nanoseconds, at once for 0 or less. thrum_tick: one
// in period nanoseconds and then in each period; those that nobody takes in time are dropped. Fatal when it is not
// above 0. NULL without memory. Neither parks. Source: Go's time.NewTimer, NewTicker.
thrum_chan *thrum_after(int64_t ns) __attribute__((warn_unused_result));
thrum_chan *thrum_tick(int64_t period) __attribute__((warn_unused_result));

// thrum_time_reset begins anew with ns, as thrum_after or thrum_tick that has made c; thrum_time_stop ends the
// values until then. What was due before is not received after either. True: one was to come, or was there and
// nobody has received it. No memory is allocated. Neither waits. Source: Go's Timer.Reset and Stop, as of 1.23.
bool thrum_time_reset(thrum_chan *c, int64_t ns);
bool thrum_time_stop(thrum_chan *c);

#ifdef THRUM_ON_RECV
// THRUM_ON_TIME(c, p) is a case of THRUM_SELECT: a time has come, *p is when it was due; p may be NULL.
#define THRUM_ON_TIME(c, p) THRUM_ON_RECV(thrum_chan_as(uint64_t, c), p)
#endif

#ifdef __cplusplus
}
#endif

#endif
