// SPDX-License-Identifier: MIT
//
// run.c - starts the runtime, runs its main goroutine, and stops.
//
// In thrum_run the calling thread becomes an m and runs the main goroutine. When the main goroutine
// has returned, the world stops and the call returns. Before, between and after runs the world is
// stopped: goroutines stay as they are. embed.c has the runs that need no main goroutine.
//
// The main goroutine may return on another thread than the one it began on. Then the thread in
// thrum_run leaves the scheduler as soon as it gets there: at once if it sleeps, else when the
// goroutine that it runs gives way. A program's own main ends the process instead, from any thread,
// as in C.

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "core/base/cpus.h"
#include "core/base/debug.h"
#include "core/base/modules.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/base/valgrind.h"
#include "core/diag/race.h"
#include "core/preempt/preempt.h"
#include "core/sched/proc.h"
#include "core/sched/runq.h"
#include "core/stack/stack.h"
#include "core/time/timer.h"

static void
schedinit1(void)
{
	osinit();
	if (valgrind) // handlers write to interrupted stacks
		debug.asyncpreempt = 0;
	debuginit();
	thrum_fpexact |= debug.fpexact != 0;
	modulesinit();
	signalinit();
	preemptinit();
	storminit();
	thrum_xsaveinit();
	sched.asymmetric = debug.membarrier && osbarrierinit();
	limitinit();
	bool told;
	int n = cpucount(&told);
	setwantprocs((uint32_t)n, told);
	store(sched.nprocs, 0);
	store(sched.stopping, true);
	store(sched.sysmonslow, true); // so that the first call beside waiting work starts it
}

static _Atomic bool inited; // by schedinit

static uintptr_t
schedinit_m(uintptr_t a, uintptr_t b)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	(void)a;
	(void)b;
	int rc = pthread_once(&once, schedinit1);
	storerel(inited, rc == 0);
	return (uintptr_t)(intptr_t)-rc;
}

bool
schedinited(void)
{
	return loadacq(inited);
}

int
schedinit(void)
{
	return schedinited() ? 0 : (int)(intptr_t)systemstack(schedinit_m, 0, 0);
}

// ---- thrum_run -------------------------------------------------------------------

struct mainarg {
	int (*fn)(void *);
	void *arg;
	int status;
	fpcontrol fp; // as fn leaves them; the caller's from then on
};

static void
mainexit_m(g *gp)
{
	m *mp = thrum_m;
	sched.exitstatus = ((struct mainarg *)gp->arg)->status;
	stoprun(mp, gp);
	mp->lockedg = NULL;
	gp->lockedm = NULL;
	gexit(mp, gp);
	mp->exiting = false;
	if (sched.adopted || (mp != sched.runner && sched.program)) {
		handoffp(releasep(mp));
		mleave(mp);
		exit(sched.exitstatus);
	}
	lock(&sched.lock);
	store(sched.mainexited, true);
	m *runner = sched.runner;
	unlock(&sched.lock);
	if (mp != runner) {
		p *pp = load(runner->p);
		if (pp)
			atomic_fetch_or(&pp->claim, ClaimSlice), preempt(pp, NULL, 0, PreemptAny);
		mwake(runner);
	}
	schedule();
}

void
mainstart(void *a)
{
	struct mainarg *ma = a;
	ma->status = ma->fn(ma->arg);
	readfp(&ma->fp);
	mcall(mainexit_m);
}

void
runloop(void)
{
	m *mp = thrum_m;
	mp->syshi = (char *)mp->sysp; // the callers are above it
	if (mp->first) // main begins here, on the calling thread
		execute(mp, mp->first);
	schedule();
}

// athome makes a program's main run in the main thread's stack (core/stack/home.c).
static void
athome(uintptr_t mp, uintptr_t gp, uintptr_t c, uintptr_t d)
{
	(void)c, (void)d;
	homebegin((g *)gp);
	runenter((m *)mp, runloop);
}

int
borrowm(m **mpp, uint32_t n, bool polled, bool program)
{
	int rc;
	lock(&sched.lock);
	m *mp = mget();
	unlock(&sched.lock);
	if (!mp)
		return -ENOMEM;
	rc = osstack(&mp->syslo, &mp->syshi);
	if (rc == 0 && program)
		altstackhome(mp);
	if (rc < 0 || (rc = minit(mp)) < 0) {
		lock(&sched.lock);
		mput(mp);
		unlock(&sched.lock);
		return rc;
	}
	mp->polled = polled;
	*mpp = mp;
	if (n > 0) {
		if (!polled)
			sched.runner = mp;
		startworld(mp, n);
	}
	return 0;
}

void
returnm(m *mp)
{
	mleave(mp);
	altstackoff(mp, true);
	lock(&sched.lock);
	mput(mp);
	unlock(&sched.lock);
}

static void
runended(void *unused)
{
	(void)unused;
	timerrest();
	lock(&sched.lock);
	sched.runner = NULL;
	sched.started = false;
	store(sched.mainexited, false);
	unlock(&sched.lock);
}

int
startlock(void)
{
	int rc = schedinit();
	if (rc < 0)
		return rc;
	if (!trylock(&worldlock))
		return -EBUSY;
	if (!sched.started)
		return 0;
	unlock(&worldlock);
	return -EBUSY;
}

void
started(bool program)
{
	sched.started = true;
	sched.program = program;
	store(sched.mainexited, false);
}

int
run(int (*fn)(void *), void *arg, int *status, uintptr_t text, bool program)
{
	m *mp;
	if (getg())
		return -EBUSY;
	int rc = startlock();
	if (rc < 0)
		return rc;
	struct mainarg ma = {.fn = fn, .arg = arg};
	racestart();
	g *gp = spawn(mainstart, &ma, text, 0);
	rc = gp ? borrowm(&mp, wantprocs(), false, program) : -ENOMEM;
	if (rc < 0) {
		if (gp)
			unspawn(gp);
		unlock(&worldlock);
		return rc;
	}
	started(program);
	unlock(&worldlock);
	if (load(sched.nallg) > 1)
		sysmonstart();
	mp->first = gp;
	uintptr_t sp = (uintptr_t)__builtin_frame_address(0);
	size_t room = program && gp->stackkind == StackCopy ? homesize(sp, mp->sighome ? mp->gsignal : mp->syslo) : 0;
	if (room > 0)
		callon(homeplace(sp, room), athome, (uintptr_t)mp, (uintptr_t)gp, 0, 0);
	else
		runenter(mp, runloop);
	mp->first = NULL;
	writefp(ma.fp);
	if (program) { // the process ends; until then the other goroutines run, as threads do
		*status = sched.exitstatus;
		lock(&sched.lock);
		sched.runner = NULL;
		unlock(&sched.lock);
		returnm(mp);
		return 0;
	}
	lock(&worldlock);
	worldstoppedby(runended, NULL);
	returnm(mp);
	racestop();
	unlock(&worldlock);
	if (status)
		*status = sched.exitstatus;
	return 0;
}

API int
thrum_run(int (*fn)(void *), void *arg, int *status)
{
	return run(fn, arg, status, (uintptr_t)fn, false);
}
