// SPDX-License-Identifier: MIT
//
// timer.h - the interface of timers for the rest of the runtime.
//
// A timer lies inside its user, a g or an object of a program. A zeroed timer is idle. Times are
// those of timenow: ns, monotonic. A timer never fires early.

#ifndef THRUM_TIME_TIMER_H
#define THRUM_TIME_TIMER_H

#include "core/sched/types.h"

// ---- timer.c ----

// timerstart makes fn(t, now) run at when. If t is armed, its time and function change. fn runs on
// the system stack of an m, or of the monitor, which has no p; no lock is held. fn must not park.
// It may make goroutines runnable and start timers, also t. When fn begins, t is idle, and the
// runtime does not touch t afterwards. Stack: any, on any thread. Locks: RankTimer. Returns:
// whether t was armed.
bool timerstart(timer *t, uint64_t when, void (*fn)(timer *t, uint64_t now));

// timerstartin is timerstart in ns from now. If ns <= 0, t is due at once.
bool timerstartin(timer *t, int64_t ns, void (*fn)(timer *t, uint64_t now));

// timerpark is timerstart in the commit of a parking goroutine. It wakes no sleeper if the p has
// nothing else to do, because such a p looks at its timers before it sleeps. Stack: the system
// stack, with a p.
void timerpark(timer *t, uint64_t when, void (*fn)(timer *t, uint64_t now));

// timerstop makes an armed t idle. Returns: true if t will not fire; false if it was idle, because
// fn has run or is running.
bool timerstop(timer *t);
// timerstopwait is timerstop that waits for a running fn to return, unless fn itself calls it.
// Afterwards the memory of t may be freed. The caller must hold no lock that fn takes.
bool timerstopwait(timer *t);

// timenow returns the time by which timers fire: nanotime, or the virtual time of the deterministic
// mode. Stack: the system stack.
uint64_t timenow(void);
// timeafter returns a time at least ns after now, and at most about 2 us more. If ns < 0, it is
// now. Stack: any.
uint64_t timeafter(int64_t ns);

// timersnew gives pp its timers. Locks: holds sched.lock. Returns: false without memory.
bool timersnew(p *pp);

// timernext returns a time at which, or after which, the next of all timers is due; NEVER if none
// is armed.
uint64_t timernext(void);
// timersarmed tells whether a timer is armed or is just firing.
bool timersarmed(void);

// timerrunslow fires the due timers that pp looks after: its own, and those of removed ps.
// timerrunall fires those of all wheels and returns how many. Stack: the system stack. Locks: none
// held.
void timerrunslow(p *pp);
uint32_t timerrunall(uint64_t now);

void timerfork(void); // in the child of fork, no timer is armed

// ---- keeper.c ----

// timercover makes sure that a thread wakes up by when, for which a timer is armed. The caller has
// made the timer visible and passed a fence. Stack: any.
void timercover(uint64_t when);

// timerkeep: mp, in sched.midle, is about to sleep and may become the keeper. Locks: holds
// sched.lock. Returns: the time until which mp sleeps (ns), or NEVER.
uint64_t timerkeep(m *mp);
// timerkept ends mp's time as the keeper. timerkeeps only asks. Locks: hold sched.lock. Returns:
// whether mp was the keeper.
bool timerkept(m *mp);
bool timerkeeps(const m *mp);

// timermonitor returns how long the monitor may sleep when it wants to sleep for ns. timerwoken:
// the monitor has woken up, or will. Locks: hold sched.lock.
uint64_t timermonitor(uint64_t ns);
void timerwoken(void);
// timerlate runs, on the monitor, due timers that no other thread has fired. Returns: how many.
uint32_t timerlate(uint64_t now);

// timerlast: pp has found no work. If a timer is due within about 20 us, it waits for it and fires
// what is due. Returns: true if pp should look for work again.
bool timerlast(p *pp);
// timerpolled: the timerfd of polled mode will expire at when; 0 if a thread is in thrum_poll.
void timerpolled(uint64_t when);

// timernobody: the world starts, and there is no keeper. The next idle m looks after the timers.
// Locks: holds sched.lock.
void timernobody(void);

// timerrest: the world stops for long. It wakes the threads that sleep until a timer, and they
// sleep without a limit from then on.
void timerrest(void);
void keeperfork(void);

#define NEVER UINT64_MAX

// The part of a p's timers that other threads read.
struct timers {
	_Atomic uint64_t next; // ns: the first timer is due then, or later; NEVER
	_Atomic uint32_t nrun; // timers whose functions are running
	uint32_t id;
};

extern _Atomic uint32_t ntimers; // number of wheels

// timerrun fires the due timers of pp. Stack: the system stack, of pp's owner.
static inline void
timerrun(p *pp)
{
	if (load(pp->timers->next) != NEVER || load(ntimers) > load(sched.nprocs))
		timerrunslow(pp);
}

#endif
