// SPDX-License-Identifier: MIT
//
// fork.c - the runtime in the child of fork.
//
// The child has only the calling thread. So before fork, handlers take every lock of the runtime,
// so that the data under the locks is whole; the subsystems (p.c) tell which. In the child the
// calling goroutine is the only one, and may do everything: exec, _exit, go on, start goroutines.
// The other goroutines are gone, with all that they held.
//
// The handlers are the first that are registered (crtexec.o, or a constructor). So the program's
// own handlers, which may do everything too, run before the locks are taken and after they are
// released.

#include <pthread.h>

#include "alloc/mcache.h"
#include "arch/arch.h"
#include "core/base/os.h"
#include "core/sched/p.h"
#include "core/sched/proc.h"

static const subsystem *
last(void)
{
	const subsystem *s = subsystems;
	while (s[1].name)
		s++;
	return s;
}

static void
lockall(void)
{
	// RankWorld must not be waited for: the fork may come from a goroutine for which a stopper
	// waits.
	for (const subsystem *s = subsystems; s->name; s++)
		if (s->lock)
			s->lock();
}

static void
unlockall(void)
{
	for (const subsystem *s = last(); s >= subsystems; s--)
		if (s->unlock)
			s->unlock();
}

// goon lets gp, which called fork on mp, go on as the only goroutine. own is its p, or NULL if that
// was taken away.
static void
goon(m *mp, g *gp, p *own)
{
	store(mp->tid, ostid());
	mp->spinning = false;
	// A signal that was on its way, and a walk over stacks, are the parent's.
	atomic_fetch_and(&mp->claim, ~(uint32_t)(ClaimLock | ClaimSignal | ClaimScan | ClaimRead));
	if (sched.runner && sched.runner != mp) { // the thread in thrum_run is gone
		sched.runner = mp;
		sched.adopted = true; // main, if gp runs it, ends the process
	}
	store(sched.stopping, false);
	if (!own) { // there are enough ps
		own = allp[0];
		acquirep(mp, own);
	}
	store(gp->status, Grunning);
	store(own->nspawn, 1);
	own->status = Prunning;
	for (uint32_t i = 0; i < load(sched.nprocs); i++)
		if (allp[i] != own)
			pidleput(allp[i]);
}

static void
child(void)
{
	m *mp = thrum_m;
	p *own = mp ? load(mp->p) : NULL;
	unlockall();
	if (!schedinited()) {
		heapfork();
		return;
	}
	for (const subsystem *s = subsystems; s->name; s++)
		if (s->fork)
			s->fork();
	for (uint32_t i = 0; i < load(sched.nprocs); i++)
		pforget(allp[i], allp[i] == own);
	if (mp) {
		goon(mp, load(mp->curg), own);
		return;
	}
	store(sched.stopping, true);
	sched.started = sched.polled = sched.adopted = false;
	sched.runner = NULL;
}

static uintptr_t
forkfirst_m(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	pthread_atfork(lockall, unlockall, child);
	return 0;
}

// crtexec.o calls it (core/base/exec.c).
void thrum_forkfirst(void);

// thrum_forkfirst registers the handlers at its first call.
API __attribute__((constructor(101))) void
thrum_forkfirst(void)
{
	static atomic_bool once;
	if (!atomic_exchange(&once, true))
		systemstack(forkfirst_m, 0, 0);
}
