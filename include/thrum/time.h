// SPDX-License-Identifier: MIT
//
// time.h - clock, sleep, timers and tickers, timer channels.
//
// Times are in nanoseconds of the system's monotonic clock. That clock does not jump when the time
// of day is set, and it stands still while the machine sleeps. No event happens early;
// thrum_sleep(3) says how late it may be.
//
// Stack: any, also foreign code that a goroutine has called. If a call parks, a thread that runs no
// goroutine sleeps instead.

#ifndef THRUM_TIME_H
#define THRUM_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "thrum/chan.h"

#ifdef __cplusplus
extern "C" {
#endif

// thrum_now returns the time since some moment in the past. It makes no system call if the kernel's
// clock needs none.
uint64_t thrum_now(void);

// thrum_sleep waits for at least ns nanoseconds. If ns is 0 or less, it is thrum_yield. No memory
// is allocated. Source: Go's time.Sleep.
//
// Parks: yes.
void thrum_sleep(int64_t ns);

// thrum_sleep_until waits until thrum_now() is at least when. If it is already, the call is
// thrum_yield. It is meant for loops whose period must not drift.
//
// Parks: yes.
void thrum_sleep_until(uint64_t when);

// A thrum_timer calls a function once, later, in a goroutine of its own. A zero-initialised timer
// is idle. The memory is the caller's and must stay in place while the timer is armed. The fields
// are the runtime's.
typedef struct thrum_timer {
	void *link[2];
	uint64_t when;
	void (*fire)(void);
	uint64_t state;
	void (*fn)(void *);
	void *arg;
} thrum_timer;

// thrum_timer_start arms t: fn(arg) runs in ns nanoseconds, at once if ns is 0 or less. If t is
// already armed, its time and function change. If there is no memory for the goroutine when the
// time comes, the runtime tries again every millisecond. Source: Go's time.AfterFunc.
//
// Returns: true if t was armed. If false, t was idle, and a goroutine of an earlier start may still
// run.
bool thrum_timer_start(thrum_timer *t, int64_t ns, void (*fn)(void *arg), void *arg);

// thrum_timer_reset is thrum_timer_start with the function that t already has. It is a fatal error
// if t has had none. Source: Go's Timer.Reset, as of 1.23.
bool thrum_timer_reset(thrum_timer *t, int64_t ns);

// thrum_timer_stop makes t idle. It does not wait for fn. Afterwards t may be freed in either case,
// unless another thread starts it. Source: Go's Timer.Stop.
//
// Returns: true if t was armed, so fn will not be called. If false, t was idle: fn has been
// started, or t was stopped before.
bool thrum_timer_stop(thrum_timer *t);

// A thrum_ticker tells one goroutine or thread, again and again, that a period is over. The fields
// are the runtime's.
typedef struct thrum_ticker {
	uint64_t next, period;
} thrum_ticker;

// thrum_ticker_start starts or restarts t: the first tick comes in period nanoseconds. It is a
// fatal error if period is not above 0. A ticker needs no stop. Source: Go's time.NewTicker.
void thrum_ticker_start(thrum_ticker *t, int64_t period);

// thrum_ticker_wait waits for the next tick. Ticks do not drift.
//
// Parks: yes.
// Returns: the number of ticks since the last wait. It is more than 1 if the caller is too slow for
// the period.
uint64_t thrum_ticker_wait(thrum_ticker *t);

// A timer channel is a channel to receive from, by any call of chan.h, also in a select:
//
//	thrum_chan *idle = thrum_after(1000000000);
//	THRUM_SELECT {
//	THRUM_ON_RECV(requests, &r) { thrum_time_reset(idle, 1000000000); ... }
//	THRUM_ON_TIME(idle, NULL)   { ... }
//	}
//
// Its values are uint64_t: the times, by thrum_now, at which they were due. The caller that made
// the channel owns it and may free it by thrum_chan_free at any time. Its length is always 0. A
// value that is due can be received until the next one is due, or until a stop or reset. The
// channel costs nothing while no one waits. It is a fatal error to send on it or to close it.

// thrum_after makes a timer channel on which one value comes in ns nanoseconds, at once if ns is 0
// or less. On that of thrum_tick one comes in each period of nanoseconds; a value that is not
// received in time is dropped. It is a fatal error if period is not above 0. Source: Go's
// time.NewTimer, NewTicker.
//
// Errors: NULL without memory.
thrum_chan *thrum_after(int64_t ns) __attribute__((warn_unused_result));
thrum_chan *thrum_tick(int64_t period) __attribute__((warn_unused_result));

// thrum_time_reset starts c again with ns, as thrum_after or thrum_tick did that made c.
// thrum_time_stop ends the values until the next reset. After either call, no value that was due
// before is received. No memory is allocated. Source: Go's Timer.Reset and Stop, as of 1.23.
//
// Returns: true if a value was still to come, or was due and not received.
bool thrum_time_reset(thrum_chan *c, int64_t ns);
bool thrum_time_stop(thrum_chan *c);

#ifdef THRUM_ON_RECV
// THRUM_ON_TIME(c, p) is a case of THRUM_SELECT: a time has come. *p gets the time at which it was
// due; p may be NULL.
#define THRUM_ON_TIME(c, p) THRUM_ON_RECV(thrum_chan_as(uint64_t, c), p)
#endif

#ifdef __cplusplus
}
#endif

#endif
