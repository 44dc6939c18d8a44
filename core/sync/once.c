// SPDX-License-Identifier: MIT
//
// once.c - thrum_once: a function runs once. Go's sync.Once.
//
// done is set by a release after the function has returned, and read first of all by an acquire. So
// a thread that sees it set sees the effects of the function. A caller that comes earlier waits for
// a mutex that is held meanwhile. The caller's own code, which may be foreign, calls the function
// between begin and end. end is a deferred call, so a function that panics or ends its goroutine
// has run too.

#include "core/base/print.h"
#include "core/diag/race.h"
#include "core/sched/proc.h"
#include "core/sync/mutex.h"
#include "thrum.h"

PARKS bool
thrum_once_begin(thrum_once *o)
{
	g *gp = thrum_self();
	for (thrum_once *up = gp ? gp->once : NULL; up; up = up->up)
		if (up == o)
			fatal("thrum_once_do inside its own function, which would wait for itself");
	mutexlock(&o->busy, WaitOnce);
	if (__atomic_load_n(&o->done, __ATOMIC_RELAXED)) {
		thrum_mutex_unlock(&o->busy);
		raceacquire(&o->done);
		return false;
	}
	if (gp) {
		o->up = gp->once;
		gp->once = o;
	}
	return true;
}

API void
thrum_once_end(void *once)
{
	thrum_once *o = once;
	g *gp = thrum_self();
	if (gp)
		gp->once = o->up;
	racerelease(&o->done);
	__atomic_store_n(&o->done, 1, __ATOMIC_RELEASE);
	thrum_mutex_unlock(&o->busy);
}
