// SPDX-License-Identifier: MIT
//
// keeper.c - wakes a thread when a timer is due.
//
// A p fires its timers whenever it looks for a goroutine, as the first step. For all other times
// one thread sleeps until the earliest of all timers:
//
//	the keeper   an m that has nothing to do; when it wakes it takes an idle p, or fires without one
//	the monitor  while there is no keeper, because every m runs something
//	a timerfd    in polled mode: it is behind the file descriptor of thrum_poll_fd
//
// No other thread does, so an idle process wakes up only for its timers. `until` and `monitor` are
// the times up to which the keeper and the monitor sleep. A value of 0 means that the sleeper is
// about to look at the timers. If a new timer is earlier than both, its starter wakes the keeper,
// or else an m for an idle p, or else the monitor (timercover).
//
// No timer is missed in between. The starter of a timer publishes its time, passes a fence, and
// looks at until. The keeper stores until, passes a fence, and looks at the times again
// (tests/model/timer.pml). An m that stops being the keeper and does not look for work itself
// covers the timers that are left.
//
// A goroutine that sleeps tells no thread. Its p has nothing else to run, so it comes by here
// before it is idle, and its m becomes the keeper if the present keeper sleeps longer.

#include "core/time/timer.h"

#include "arch/arch.h"
#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/sched/proc.h"
#include "core/sched/seed.h"

#define SOON 20000  // ns: up to so long, a thread waits without sleeping
#define GRACE 20000 // ns that the monitor leaves to the others, which are closer to a p

static _Atomic uint64_t until = NEVER;   // ns; written under sched.lock
static _Atomic uint64_t monitor = NEVER; // likewise; NEVER too while there is none
static m *keeper;                        // sched.lock

static uintptr_t
cover(uintptr_t when, uintptr_t unused)
{
	(void)unused;
	lock(&sched.lock);
	m *mp = keeper;
	bool stopped = sched.stopping; // then startworld will look
	if (mp)
		mwake(mp);
	unlock(&sched.lock);
	if (mp || stopped || debug.seeded)
		return 0;
	if (sched.polled)
		pollat(when);
	else if (load(sched.npidle) > 0)
		wakep();
	else
		sysmonkick();
	return 0;
}

void
timercover(uint64_t when)
{
	if (load(until) > when && load(monitor) > when + GRACE)
		systemstack(cover, when, 0);
}

uint64_t
timerkeep(m *mp)
{
	uint64_t next = timernext();
	if (sched.stopping || sched.polled || debug.seeded) {
		timerkept(mp);
		return NEVER;
	}
	if (keeper && keeper != mp && load(until) <= next)
		return NEVER;
	keeper = mp;
	for (;; next = timernext()) {
		store(until, next);
		atomic_thread_fence(memory_order_seq_cst);
		if (timernext() >= next)
			return next;
	}
}

bool
timerkeeps(const m *mp)
{
	return keeper == mp;
}

bool
timerkept(m *mp)
{
	if (keeper != mp)
		return false;
	keeper = NULL;
	store(until, NEVER);
	return true;
}

uint64_t
timermonitor(uint64_t ns)
{
	uint64_t now = nanotime(), end = ns == NEVER ? NEVER : now + ns;
	store(monitor, end);
	atomic_thread_fence(memory_order_seq_cst);
	uint64_t next = timernext();
	if (next >= end || load(until) <= next || sched.stopping)
		return ns;
	end = (next > now ? next : now) + GRACE;
	store(monitor, end);
	return end - now;
}

void
timerwoken(void)
{
	store(monitor, 0);
}

uint32_t
timerlate(uint64_t now)
{
	uint64_t next = timernext();
	if (next == NEVER || next + GRACE > now || load(sched.stopping) || sched.polled)
		return 0;
	uint32_t n = timerrunall(now);
	if (n > 0)
		checkalive(); // an m that went to sleep meanwhile has left the question to us
	return n;
}

bool
timerlast(p *pp)
{
	uint64_t next = timernext();
	if (next == NEVER || debug.seeded)
		return false;
	uint64_t now = nanotime();
	if (now < next && next - now > SOON)
		return false;
	for (; now < next; now = nanotime()) {
		if (anywork() || load(pp->claim) & ClaimAsk)
			return true;
		procyield();
	}
	timerrunall(now);
	return true;
}

void
timerpolled(uint64_t when)
{
	store(until, when);
	atomic_thread_fence(memory_order_seq_cst);
}

void
timernobody(void)
{
	keeper = NULL;
	store(until, NEVER);
}

void
timerrest(void)
{
	lock(&sched.lock);
	if (keeper)
		mwake(keeper);
	unlock(&sched.lock);
	if (load(monitor) != NEVER)
		sysmonkick();
}

void
keeperfork(void)
{
	timernobody();
	store(monitor, NEVER);
}
