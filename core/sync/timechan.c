// SPDX-License-Identifier: MIT
//
// timechan.c - channels on which times come: Go's time.After, Timer.C and Ticker.C, by the rules of its version 1.23.
//
// Such a channel has no values in it but a moment, `when`: from then on there is one to receive, which is that
// moment. Who takes it moves when by whole periods until it is in the future, or to NEVER. So nothing happens while
// nobody looks: a tick that nobody takes is dropped by the next one, costs nothing, and keeps no process awake and no
// deadlock unseen. Stop and reset change when; what was there to be received before is gone with its old value.
//
// The timer is for those who wait: it is armed while somebody is in the queue and a time will come. Whoever
// changes one of the two calls timefollow in the same section of the channel's lock. When it fires it
// serves the first one in the queue, who is never overtaken: while somebody waits there is nothing for others. It may
// come late, when nobody waits any more or when has changed; then it does nothing.
//
// Rejected: a buffer with one place, filled by a timer that is always armed. Stop and reset would have to wait for a timer
// that fires just then, and to take out what it has sent.

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

// next moves the moment on; now is not before it.
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
	schedinit(); // time may have to be virtual
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

// change sets the time of the next value and tells whether there was to be one.
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
