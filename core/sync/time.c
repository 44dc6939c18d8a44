// SPDX-License-Identifier: MIT
//
// time.c - the API of timers for programs (thrum/time.h).
//
// A sleeping goroutine is a timer in its g. The timer's function puts the goroutine at the end of
// the queue, so that of many with the same time the first is not the last to run. The commit of the
// park arms the timer. The goroutine can be readied at once then, so nothing of it is touched
// afterwards.

#include "thrum/time.h"

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/diag/race.h"
#include "core/sched/proc.h"
#include "core/sched/ready.h"
#include "core/time/timer.h"

#define RETRY 1000000 // ns

static uintptr_t
now_m(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	schedinit(); // the time may have to be virtual
	return timenow();
}

API uint64_t
thrum_now(void)
{
	return systemstack(now_m, 0, 0);
}

// ---- sleep -------------------------------------------------------------------

static void
wakeup(timer *t, uint64_t now)
{
	g *gp = (g *)((char *)t - offsetof(g, timer));
	(void)now;
	casgstatus(gp, Gwaiting, Grunnable);
	ready(getp(), gp, ReadyNew);
}

static bool
sleepcommit(g *gp, void *when)
{
	timerpark(&gp->timer, (uint64_t)when, wakeup);
	return true;
}

static uintptr_t
threadsleep(uintptr_t ns, uintptr_t unused)
{
	uint64_t now = nanotime();
	(void)unused;
	for (uint64_t end = later(now, ns); now < end; now = nanotime())
		osnap(end - now);
	return 0;
}

PARKS void
thrum_sleep(int64_t ns)
{
	if (ns <= 0)
		thrum_yield();
	else if (thrum_self())
		gopark(WaitSleep, sleepcommit, (void *)timeafter(ns));
	else
		systemstack(threadsleep, (uintptr_t)ns, 0);
}

PARKS void
thrum_sleep_until(uint64_t when)
{
	uint64_t now = thrum_now();
	if (when <= now)
		thrum_yield();
	else if (thrum_self())
		gopark(WaitSleep, sleepcommit, (void *)when);
	else
		systemstack(threadsleep, when - now, 0);
}

// ---- timers ------------------------------------------------------------------

static_assert(offsetof(thrum_timer, fn) == sizeof(timer), "a timer and a function");

static void
callback(timer *t, uint64_t now)
{
	thrum_timer *tt = (thrum_timer *)t;
	g *gp = spawn(tt->fn, tt->arg, (uintptr_t)tt->fn, (uintptr_t)tt->fn);
	if (gp) {
		raceinherit(gp, t);
		ready(getp(), gp, ReadyNew);
	} else {
		timerstart(t, now + RETRY, callback);
	}
}

API bool
thrum_timer_start(thrum_timer *tt, int64_t ns, void (*fn)(void *), void *arg)
{
	timer *t = (timer *)tt;
	bool was = false;
	if (tt->fn != fn || tt->arg != arg) {
		schedinit();
		was = timerstopwait(t); // callback reads them
		tt->fn = fn;
		tt->arg = arg;
	}
	racerelease(t);
	return timerstartin(t, ns, callback) || was;
}

API bool
thrum_timer_reset(thrum_timer *tt, int64_t ns)
{
	if (!tt->fn)
		fatal("thrum_timer_reset: the timer was never started; call thrum_timer_start first");
	racerelease(tt);
	return timerstartin((timer *)tt, ns, callback);
}

API bool
thrum_timer_stop(thrum_timer *tt)
{
	return timerstopwait((timer *)tt);
}

// ---- tickers -----------------------------------------------------------------

API void
thrum_ticker_start(thrum_ticker *t, int64_t period)
{
	if (period <= 0)
		fatal("thrum_ticker_start: the period must be above 0");
	t->period = (uint64_t)period;
	t->next = thrum_now() + t->period;
}

PARKS uint64_t
thrum_ticker_wait(thrum_ticker *t)
{
	if (t->period == 0)
		fatal("thrum_ticker_wait: the ticker was never started; call thrum_ticker_start first");
	uint64_t now = thrum_now();
	if (now < t->next) {
		thrum_sleep_until(t->next);
		now = thrum_now();
	}
	uint64_t n = (now - t->next) / t->period + 1;
	t->next += n * t->period;
	return n;
}
