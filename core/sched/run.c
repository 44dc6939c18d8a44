// SPDX-License-Identifier: MIT
//
// run.c - the runtime begins, runs, stops: in a program of its own, or inside another.
//
//	thrum_run     the calling thread becomes an m and runs the main goroutine; when that
//	              has returned the world stops, and the call returns
//	thrum_start   threads of the runtime's own run goroutines until thrum_stop
//	thrum_poll    with thrum_start(THRUM_POLLED): goroutines run only inside this call, on the
//	              caller's thread; a file descriptor tells when it is worth calling. A callback of
//	              an earlier run lends the p to its own thread; meanwhile thrum_poll finds none
//
// Before, between and after, the world is stopped: goroutines stay as they are.
//
// The main goroutine may return on another thread than it began on. Then the thread in thrum_run
// leaves the scheduler as soon as it is there: at once when it sleeps, else when the goroutine that it
// runs gives way. A program's own main ends the process instead, from any thread, as in C.
//
// fork: the child has the calling thread only. Handlers take every lock of the runtime before, so that
// what they protect is whole; in the child the calling goroutine is the only one, and may
// do everything: exec, _exit, go on, start goroutines. The others are gone, with what they held. The handlers are the
// first that are registered (crtexec.o, or a constructor): so those of the program, which may do everything too, run before
// the locks are taken and after they are released.

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "arch/arch.h"
#include "core/base/cpus.h"
#include "core/base/debug.h"
#include "core/base/modules.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/base/valgrind.h"
#include "core/sched/preempt.h"
#include "core/sched/proc.h"
#include "core/sched/race.h"
#include "core/sched/runq.h"
#include "core/stack/stack.h"
#include "core/sync/pool.h"
#include "core/sync/sema.h"
#include "core/sync/timer.h"
#include "core/sync/ctx.h"

#define POLLTICKS 3000000 // cputicks that thrum_poll runs: about a millisecond

static int pollfd = -1;
static _Atomic bool pollset; // pollfd is readable, or will be
static _Atomic bool inside;  // a thread is in thrum_poll


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

int
schedinit(void)
{
	return loadacq(inited) ? 0 : (int)(intptr_t)systemstack(schedinit_m, 0, 0);
}

// ---- thrum_run -------------------------------------------------------------------

struct mainarg {
	int (*fn)(void *);
	void *arg;
	int status;
	uint32_t mxcsr; // as fn leaves them: the caller's from then on
	uint16_t fpcw;
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
		notewakeup(&runner->park);
	}
	schedule();
}

void
mainstart(void *a)
{
	struct mainarg *ma = a;
	ma->status = ma->fn(ma->arg);
	readfp(&ma->mxcsr, &ma->fpcw);
	mcall(mainexit_m);
}

static void
runloop(void)
{
	m *mp = thrum_m;
	mp->syshi = (char *)mp->sysp; // above it are the callers
	if (mp->first) // main begins here, on the thread that called
		execute(mp, mp->first);
	schedule();
}

// athome has a program's main run in the main thread's stack (core/stack/home.c).
static void
athome(uintptr_t mp, uintptr_t gp, uintptr_t c, uintptr_t d)
{
	(void)c, (void)d;
	homebegin((g *)gp);
	runenter((m *)mp, runloop);
}

// begin makes the calling thread an m and starts the world for it; end the reverse.
static int
begin(m **mpp, uint32_t n, bool polled, bool program)
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

static void
end(m *mp)
{
	mleave(mp);
	altstackoff(mp, true);
	lock(&sched.lock);
	mput(mp);
	unlock(&sched.lock);
}

int
run(int (*fn)(void *), void *arg, int *status, uintptr_t text, bool program)
{
	m *mp;
	if (getg())
		return -EBUSY;
	int rc = schedinit();
	if (rc < 0)
		return rc;
	if (!trylock(&worldlock))
		return -EBUSY;
	if (sched.started) {
		unlock(&worldlock);
		return -EBUSY;
	}
	struct mainarg ma = {.fn = fn, .arg = arg};
	racestart();
	g *gp = spawn(mainstart, &ma, text, 0);
	rc = gp ? begin(&mp, wantprocs(), false, program) : -ENOMEM;
	if (rc < 0) {
		if (gp)
			unspawn(gp);
		unlock(&worldlock);
		return rc;
	}
	sched.started = true;
	sched.program = program;
	store(sched.mainexited, false);
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
	writefp(ma.mxcsr, ma.fpcw);
	if (program) { // the process ends; the others run until then, as threads do
		*status = sched.exitstatus;
		lock(&sched.lock);
		sched.runner = NULL;
		unlock(&sched.lock);
		end(mp);
		return 0;
	}
	lock(&worldlock);
	stopworld();
	timerrest();
	lock(&sched.lock);
	sched.runner = NULL;
	sched.started = false;
	store(sched.mainexited, false);
	unlock(&sched.lock);
	end(mp);
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

// ---- thrum_start, thrum_stop, thrum_poll ---------------------------------------------

// What thrum_poll_fd is: readable when its time has come, for the next timer or, in the past, at once.
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

// pollat: who sets it may be late, so it is set to the next timer of all; pollwake comes first.
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

// pollrest: nobody is in thrum_poll any more.
static void
pollrest(void)
{
	pollat(0);
	if (anywork())
		pollwake();
}

API int
thrum_start(int procs)
{
	if (getg())
		return -EBUSY;
	if (procs < THRUM_POLLED || procs > MAXPROCS)
		return -EINVAL;
	int rc = schedinit();
	if (rc < 0)
		return rc;
	if (!trylock(&worldlock))
		return -EBUSY;
	if (sched.started) {
		rc = -EBUSY;
	} else if (procs == THRUM_POLLED && pollfd < 0 && (pollfd = pollnew()) < 0) {
		rc = -errno;
	} else {
		sched.started = true;
		sched.polled = procs == THRUM_POLLED;
		sched.program = false;
		store(sched.mainexited, false);
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
		stopworld();
		timerrest();
		racestop();
		if (sched.polled)
			store(inside, false);
		sched.started = sched.polled = false;
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
	int rc = begin(&mp, 0, true, false);
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
		end(mp);
		racestop();
		pollrest();
		uint64_t alive = goroutines();
		rc = alive > INT32_MAX ? INT32_MAX : (int)alive;
	}
	if (rc < 0)
		pollwake(); // what the descriptor has told is still to be done
	store(inside, false);
	return rc;
}

// ---- fork ------------------------------------------------------------------------

static void
forkprepare(void)
{
	// RankWorld cannot be waited for: the fork may come from a goroutine that a stopper waits for.
	lock(&sched.lock);
	lock(&sched.alllock);
	stacklock();
	ulock();
}

static void
forkparent(void)
{
	uunlock();
	stackunlock();
	unlock(&sched.alllock);
	unlock(&sched.lock);
}

static void
forkchild(void)
{
	m *mp = thrum_m;
	g *gp = mp ? load(mp->curg) : NULL;
	uunlock();
	stackunlock();
	lockinit(&sched.alllock);
	lockinit(&sched.lock);
	if (!loadacq(inited))
		return;
	lockinit(&worldlock);
	semafork();
	poolfork();
	ctxfork();
	nurseryfork();
	timerfork();
	keeperfork();
	scanfork();
	// Nobody else is there.
	sched.pidle = NULL;
	sched.midle = NULL;
	store(sched.npidle, 0);
	store(sched.nmspinning, 0);
	store(sched.spinner, NULL);
	sched.nmidle = sched.nmlocked = 0;
	sched.nm = mp != NULL;
	sched.globhead = sched.globtail = 0;
	store(sched.globsize, 0);
	sched.sysmonon = false;
	store(sched.sysmonwait, false);
	store(sched.sysmonslow, true);
	store(sched.sysmontid, 0);
	store(sched.stormtid, 0);
	stormfork();
	templatefork();
	for (m *p1 = sched.allm; p1; p1 = p1->alllink) {
		if (p1 == mp)
			continue;
		p1->inuse = p1->idle = false;
		store(p1->tid, 0);
		store(p1->p, NULL);
		store(p1->curg, NULL);
	}
	sched.mfree = NULL; // the others' memory stays theirs
	store(sched.nmfree, 0);
	for (size_t i = 0; i < load(sched.nallg); i++)
		if (sched.allg[i] != gp && load(sched.allg[i]->status) != Gidle)
			store(sched.allg[i]->status, Gdead);
	p *own = mp ? load(mp->p) : NULL;
	for (uint32_t i = 0; i < load(sched.nprocs); i++) {
		p *pp = allp[i];
		store(pp->runqhead, load(pp->runqtail));
		store(pp->nexton, 0);
		store(pp->yieldhead, 0);
		store(pp->yieldtail, 0);
		store(pp->nspawn, 0);
		store(pp->nexit, 0);
		store(pp->inbox, NULL);
		store(pp->section, 0);
		pp->gfree = NULL;
		pp->ngfree = 0;
		if (pp != own) {
			// What it was doing just now is lost.
			stackforget(pp);
			store(pp->m, NULL);
		}
		atomic_fetch_and(&pp->claim, ~(uint32_t)(ClaimLock | ClaimStop | ClaimSlice));
	}
	if (pollfd >= 0) { // the parent's loop must not be woken
		pollfd = pollnew();
		store(pollset, false);
	}
	if (!mp)
		goto stopped;
	store(mp->tid, ostid());
	mp->spinning = false;
	atomic_fetch_and(&mp->claim, ~(uint32_t)(ClaimLock | ClaimSignal)); // the parent's signal does not come here
	if (sched.runner && sched.runner != mp) { // the thread in thrum_run is gone
		sched.runner = mp;
		sched.adopted = true; // main, if it is this one, ends the process
	}
	store(sched.stopping, false);
	if (!own) { // taken away meanwhile: there are enough
		own = allp[0];
		acquirep(mp, own);
	}
	store(gp->status, Grunning);
	store(own->nspawn, 1);
	foreignspawnfork();
	own->status = Prunning;
	for (uint32_t i = 0; i < load(sched.nprocs); i++)
		if (allp[i] != own)
			pidleput(allp[i]);
	return;
stopped:
	store(sched.stopping, true);
	sched.started = sched.polled = sched.adopted = false;
	sched.runner = NULL;
	store(inside, false);
}

static uintptr_t
forkfirst_m(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	pthread_atfork(forkprepare, forkparent, forkchild);
	return 0;
}

// thrum_forkfirst registers them, the first time.
API __attribute__((constructor(101))) void
thrum_forkfirst(void)
{
	static atomic_bool once;
	if (!atomic_exchange(&once, true))
		systemstack(forkfirst_m, 0, 0);
}
