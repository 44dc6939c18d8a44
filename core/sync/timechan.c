// SPDX-License-Identifier: MIT
//
// timechan.c - timer channels: Go's time.After, Timer.C and Ticker.C, by the rules of its version
// 1.23.
//
// Such a channel holds no values but a time, `when`: from then on there is one value to receive,
// which is that time. The receiver moves when by whole periods until it is in the future, or to
// NEVER. So nothing happens while there is no receiver. A tick that no receiver takes is dropped by
// the next one, costs nothing, and neither keeps a process awake nor hides a deadlock. Stop and
// reset change when, and so drop a value that was there to be received.
//
// The timer is for waiting receivers: it is armed while one is in the queue and a value will come.
// A function that changes one of the two calls timefollow in the same section of the channel's
// lock. When the timer fires, it serves the first receiver in the queue. That receiver is never
// overtaken: while one waits, there is no value for others. The timer may fire late, when no
// receiver waits any more or when has changed. Then it does nothing.
//
// Rejected: a buffer with one place, filled by a timer that is always armed. Stop and reset would
// have to wait for a timer that is just firing, and to take out the value that it has sent.

#include "arch/arch.h"
#include "core/base/print.h"
#include "core/sync/chan.h"
#include "thrum/time.h"

static inline chantime *
timeof(const chan *c)
{
	return (chantime *)(uintptr_t)c->buf;
}

static uintptr_t
now_m(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	return timenow();
}

bool
timeready(const chan *c)
{
	uint64_t when = timeof(c)->when;
	return when != NEVER && !c->recvq.first && systemstack(now_m, 0, 0) >= when;
}

// next moves when on; now is not before it.
static void
next(chantime *t, uint64_t now)
{
	t->when = t->ticks ? t->when + ((now - t->when) / t->period + 1) * t->period : NEVER;
}

void
timetake(chan *c, void *elem)
{
	chantime *t = timeof(c);
	if (elem)
		copyelem(elem, &t->when, sizeof t->when);
	next(t, systemstack(now_m, 0, 0));
}

static void
fire(timer *timer, uint64_t now)
{
	chantime *t = (chantime *)timer;
	chan *c = (chan *)((char *)t - offsetof(chan, buf));
	outcome o = NOTNOW;
	sectionword *w = enter(&c->lock, getp());
	sudog *s = t->when <= now ? waitget(c, &c->recvq) : NULL;
	if (s) {
		if (s->elem)
			copyelem(s->elem, &t->when, sizeof t->when);
		next(t, now);
		o = handed(s);
	}
	timefollow(c);
	endsection(w);
	if (o.wake)
		goready(o.wake);
}

void
timefollow(chan *c)
{
	chantime *t = timeof(c);
	if (c->recvq.first && t->when != NEVER)
		timerstart(&t->timer, t->when, fire);
	else
		timerstop(&t->timer);
}

void
timeend(chan *c)
{
	timerstopwait(&timeof(c)->timer);
}

// ---- the API -------------------------------------------------------------------

static thrum_chan *
make(int64_t ns, bool ticks)
{
	schedinit(); // the time may have to be virtual
	chan *c = channew(sizeof(uint64_t), 0, sizeof(chantime));
	if (c) {
		*timeof(c) = (chantime){.when = timeafter(ns), .period = (uint64_t)ns, .ticks = ticks};
		c->timed = true;
	}
	return c;
}

API thrum_chan *
thrum_after(int64_t ns)
{
	return make(ns, false);
}

API thrum_chan *
thrum_tick(int64_t period)
{
	if (period <= 0)
		fatal("thrum_tick: the period must be above 0");
	return make(period, true);
}

// change sets the time of the next value. Returns: whether there was to be one.
static bool
change(chan *c, uint64_t when, int64_t period)
{
	chantime *t = timeof(c);
	sectionword *w = enter(&c->lock, getp());
	bool was = t->when != NEVER;
	t->when = when;
	t->period = (uint64_t)period;
	timefollow(c);
	endsection(w);
	return was;
}

PARKS bool
thrum_time_reset(thrum_chan *c, int64_t ns)
{
	if (!c || !c->timed)
		fatal("thrum_time_reset: not a timer channel; only thrum_after and thrum_tick make them");
	if (timeof(c)->ticks && ns <= 0)
		fatal("thrum_time_reset: the period must be above 0");
	return change(c, timeafter(ns), ns);
}

PARKS bool
thrum_time_stop(thrum_chan *c)
{
	if (!c || !c->timed)
		fatal("thrum_time_stop: not a timer channel; only thrum_after and thrum_tick make them");
	return change(c, NEVER, 0);
}
