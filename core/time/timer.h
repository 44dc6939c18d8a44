// SPDX-License-Identifier: MIT
//
// timer.h - timers, as the rest of the runtime sees them.
//
// A timer lies in what needs it, a g or an object of a program; zeroed it is idle. Times are those of
// timenow: ns, monotonic. A timer never fires early.

#ifndef THRUM_TIME_TIMER_H
#define THRUM_TIME_TIMER_H

#include "core/sched/types.h"

// ---- timer.c ----

// timerstart makes fn(t, now) run at when; a t that is armed changes its time and function. Returns whether
// it was armed. fn runs on the system stack of an m, or of the monitor, which has no p; no
// lock is held. It must not park; it may make goroutines runnable and start timers, also t. When it begins,
// t is idle, and nobody touches t after it. Any stack, any thread; RankTimer.
bool timerstart(timer *t, uint64_t when, void (*fn)(timer *t, uint64_t now));

// timerstartin is timerstart in ns from now; at once for 0 and less.
bool timerstartin(timer *t, int64_t ns, void (*fn)(timer *t, uint64_t now));

// timerpark is timerstart by the commit of a goroutine that parks: its p has nothing else to do,
// or will look at the time before it has. System stack, with a p.
void timerpark(timer *t, uint64_t when, void (*fn)(timer *t, uint64_t now));

// timerstop: true, t will not fire. False: it was idle; fn has run, or is running.
bool timerstop(timer *t);
// timerstopwait is timerstop that waits for a running fn to return, unless called by it: t may be given
// back afterwards. Hold no lock that fn takes.
bool timerstopwait(timer *t);

// timenow is the time that timers go by: nanotime, or the virtual time of the deterministic mode.
// System stack.
uint64_t timenow(void);
// timeafter returns a time at least ns after now, and at most some 2 us more than that. ns < 0: now. Any stack.
uint64_t timeafter(int64_t ns);

// timersnew gives pp its timers. False without memory. sched.lock.
bool timersnew(p *pp);

// timernext returns when the next timer of all is due, at the earliest; NEVER when none is armed.
uint64_t timernext(void);
// timersarmed: one is armed or fires just now.
bool timersarmed(void);

// timerrun fires what is due of the timers that pp looks after: its own, and those of ps that there are no
// longer. timerrunall: of all; returns how many. System stack, no lock held.
void timerrunslow(p *pp);
uint32_t timerrunall(uint64_t now);

void timerfork(void); // in the child of fork none is armed

// ---- keeper.c ----

// timercover: a timer is armed for when; sees to it that somebody wakes up by then. After it was made visible
// and a fence. Any stack.
void timercover(uint64_t when);

// timerkeep: mp is about to sleep, in sched.midle; returns until when (ns; NEVER). sched.lock.
uint64_t timerkeep(m *mp);
// timerkept: was mp to look after the timers? It no longer does. sched.lock.
bool timerkept(m *mp);
bool timerkeeps(const m *mp);

// timermonitor returns how long the monitor may sleep when it wants ns; timerwoken: it has woken up, or will. sched.lock.
uint64_t timermonitor(uint64_t ns);
void timerwoken(void);
// timerlate runs, on the monitor, what is due and left by others; returns how many.
uint32_t timerlate(uint64_t now);

// timerlast: pp has found no work. Fires what is due, or waits for what will be within some 20 us; true
// when pp should look for work again.
bool timerlast(p *pp);
// timerpolled: the timerfd of the polled mode will expire at when; 0: somebody is in thrum_poll.
void timerpolled(uint64_t when);

// timernobody: the world starts; who becomes idle looks after the timers. sched.lock.
void timernobody(void);

// timerrest: the world has stopped for long; who has gone to sleep until a timer need not wake up for it.
void timerrest(void);
void keeperfork(void);

#define NEVER UINT64_MAX

// What others read of a p's timers.
struct timers {
	_Atomic uint64_t next; // ns at which the first is due, or before; NEVER
	_Atomic uint32_t nrun; // those whose functions run just now
	uint32_t id;
};

extern _Atomic uint32_t ntimers; // wheels that there are

// timerrun fires what is due for pp. Owner of pp; system stack.
static inline void
timerrun(p *pp)
{
	if (load(pp->timers->next) != NEVER || load(ntimers) > load(sched.nprocs))
		timerrunslow(pp);
}

#endif
