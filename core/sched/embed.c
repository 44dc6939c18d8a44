// SPDX-License-Identifier: MIT
//
// embed.c - goroutines inside another program: thrum_start, thrum_stop, and thrum_poll for event
// loops.
//
//	thrum_start   threads of the runtime's own run goroutines until thrum_stop
//	thrum_poll    with thrum_start(THRUM_POLLED): goroutines run only inside this call, on the
//	              caller's thread; a file descriptor tells when it is worth calling
//
// A callback that an earlier run has left lends the p to its own thread. Meanwhile thrum_poll has
// none.
//
// The descriptor is a timerfd, set to the next timer of all. A time in the past makes it readable
// at once.

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/diag/race.h"
#include "core/sched/proc.h"
#include "core/time/timer.h"

#define POLLTICKS 3000000 // cputicks that thrum_poll runs: about a millisecond

static int pollfd = -1;
static _Atomic bool pollset; // pollfd is readable, or will be
static _Atomic bool inside;  // a thread is in thrum_poll

// ---- the descriptor ----------------------------------------------------------------

// pollnew makes the descriptor of thrum_poll_fd: readable at the time of the next timer or, with a
// time in the past, at once.
static int
pollnew(void)
{
	return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
}

static void
pollarm(uint64_t when)
{
	struct itimerspec t = {.it_value = {(time_t)(when / 1000000000u), (long)(when % 1000000000u)}};
	if (when == NEVER)
		t = (struct itimerspec){0};
	timerfd_settime(pollfd, TFD_TIMER_ABSTIME, &t, NULL);
}

void
pollwake(void)
{
	if (!atomic_exchange(&pollset, true))
		pollarm(1);
}

// pollat sets the descriptor to the next timer of all, because its caller may be late. A pollwake
// has precedence.
void
pollat(uint64_t when)
{
	(void)when;
	lock(&sched.lock);
	uint64_t next = timernext();
	timerpolled(next);
	if (timernext() < next)
		timerpolled(next = timernext());
	pollarm(load(pollset) ? 1 : next);
	unlock(&sched.lock);
	if (load(pollset))
		pollarm(1);
}

// pollrest is called when no thread is in thrum_poll any more.
static void
pollrest(void)
{
	pollat(0);
	if (anywork())
		pollwake();
}

void
embedfork(void)
{
	if (!thrum_m) // else this thread is in it
		store(inside, false);
	if (pollfd < 0)
		return;
	pollfd = pollnew(); // the parent's loop must not be woken
	store(pollset, false);
}

// ---- the API -----------------------------------------------------------------------

API int
thrum_start(int procs)
{
	if (getg())
		return -EBUSY;
	if (procs < THRUM_POLLED || procs > MAXPROCS)
		return -EINVAL;
	int rc = startlock();
	if (rc < 0)
		return rc;
	if (procs == THRUM_POLLED && pollfd < 0 && (pollfd = pollnew()) < 0) {
		rc = -errno;
	} else {
		sched.polled = procs == THRUM_POLLED;
		started(false);
		if (procs > 0)
			setwantprocs((uint32_t)procs, true);
		racestart();
		startworld(NULL, sched.polled ? 1 : wantprocs());
		if (sched.polled)
			pollrest();
	}
	unlock(&worldlock);
	if (rc == 0 && !sched.polled)
		sysmonstart();
	return rc;
}

static void
stopped(void *unused)
{
	(void)unused;
	timerrest();
	racestop();
	if (sched.polled)
		store(inside, false);
	sched.started = sched.polled = false;
}

API int
thrum_stop(void)
{
	if (getg())
		return -EBUSY;
	if (schedinit() < 0 || !trylock(&worldlock))
		return -EBUSY;
	int rc = 0;
	if (!sched.started || sched.runner) {
		rc = -EINVAL;
	} else if (sched.polled && atomic_exchange(&inside, true)) {
		rc = -EBUSY;
	} else {
		worldstoppedby(stopped, NULL);
	}
	unlock(&worldlock);
	return rc;
}

API int
thrum_poll_fd(void)
{
	return pollfd >= 0 && sched.polled ? pollfd : -EINVAL;
}

API int
thrum_poll(void)
{
	uint64_t count;
	m *mp;
	if (getg())
		return -EBUSY;
	if (!sched.polled)
		return -EINVAL;
	if (atomic_exchange(&inside, true))
		return -EBUSY;
	ssize_t got = read(pollfd, &count, sizeof count);
	(void)got;
	store(pollset, false);
	timerpolled(0);
	racestart();
	int rc = borrowm(&mp, 0, true, false);
	if (rc == 0) {
		lock(&sched.lock);
		p *pp = pidlefor(mp);
		unlock(&sched.lock);
		if (pp) {
			acquirep(mp, pp);
			mp->pollend = cputicks() + POLLTICKS;
			runenter(mp, runloop);
		}
		lock(&sched.lock);
		if (load(mp->p))
			giveback(releasep(mp));
		unlock(&sched.lock);
		returnm(mp);
		racestop();
		pollrest();
		uint64_t alive = goroutines();
		rc = alive > INT32_MAX ? INT32_MAX : (int)alive;
	}
	if (rc < 0)
		pollwake(); // the work that the descriptor has reported is still to be done
	store(inside, false);
	return rc;
}
