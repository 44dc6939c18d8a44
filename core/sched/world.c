// SPDX-License-Identifier: MIT
//
// world.c - how many ps there are; all of them stopped, all of them started.
//
// stopworld sets ClaimStop in every p. A p that runs sees it when it next switches, is asked to
// do so (preempt.c), gives itself up (gcstopm) and its m sleeps; a p in
// a foreign call is retaken; idle ones are stopped already. startworld makes as many ps
// as wanted, gives those with work to ms, and the rest is idle.
//
// A stop that nobody has asked for gives up when it lasts (followcpus): unstop lets those go on that have stopped.
//
// The world is stopped before the first run, between two runs, and while the number of
// ps changes.

#include "core/sched/proc.h"

#include "arch/arch.h"
#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/sched/p.h"
#include "core/sched/preempt.h"
#include "core/sched/runq.h"
#include "core/sync/timer.h"

#define PATIENCE 10000000u // ns that followcpus waits for the world to stop: the length of a time slice

mutex worldlock = MUTEX(RankWorld);

// The number of ps wanted; set before the first run too.
static _Atomic uint32_t wanted;
static _Atomic bool told; // the program has said how many

void
worldfork(void)
{
	lockinit(&worldlock);
}

void
gcstopm(m *mp)
{
	if (mp->spinning) {
		mp->spinning = false;
		atomic_fetch_sub(&sched.nmspinning, 1);
	}
	lock(&sched.lock);
	p *pp = load(mp->p);
	if (!sched.stopping) {
		// over already
		atomic_fetch_and(&pp->claim, ~(uint32_t)ClaimStop);
		unlock(&sched.lock);
		return;
	}
	releasep(mp);
	pp->status = Pstopped;
	if (--sched.stopwait == 0)
		notewakeup(&sched.stopnote);
	unlock(&sched.lock);
	if (mp->polled)
		leave(mp);
	stopm(mp);
}

// startall gives the ps in the list work, which have some, to ms.
static void
startall(p *work)
{
	while (work) {
		p *pp = work;
		work = pp->link;
		startm(pp, false);
	}
	if (anywork())
		wakep();
	timercover(timernext());
}

// stopfor stops the world, or gives up after ns; then some ps are stopped and others are not. RankWorld held.
static bool
stopfor(uint64_t ns)
{
	uint64_t end = later(nanotime(), ns);
	m *mp = thrum_m;
	p *own = mp ? load(mp->p) : NULL;
	lock(&sched.lock);
	uint32_t n = load(sched.nprocs);
	store(sched.stopping, true);
	noteclear(&sched.stopnote);
	sched.stopwait = n;
	for (p *pp; (pp = pidleget());) {
		pp->status = Pstopped;
		sched.stopwait--;
	}
	if (own) {
		releasep(mp);
		own->status = Pstopped;
		sched.stopwait--;
	}
	for (uint32_t i = 0; i < n; i++)
		atomic_fetch_or(&allp[i]->claim, ClaimStop);
	bool done = sched.stopwait == 0;
	unlock(&sched.lock);
	while (!done) {
		preemptall();
		for (uint32_t i = 0; i < n; i++) {
			if (!retake(allp[i], true, 0, 0))
				continue;
			lock(&sched.lock);
			allp[i]->status = Pstopped;
			if (--sched.stopwait == 0)
				notewakeup(&sched.stopnote);
			unlock(&sched.lock);
		}
		done = notetsleep(&sched.stopnote, 100000);
		if (!done && nanotime() > end)
			return false;
	}
	return true;
}

void
stopworld(void)
{
	stopfor(UINT64_MAX);
}

// unstop lets those ps go on that stopfor has stopped before it gave up.
static void
unstop(void)
{
	p *work = NULL;
	lock(&sched.lock);
	timernobody();
	store(sched.stopping, false);
	for (uint32_t i = load(sched.nprocs); i-- > 0;) {
		p *pp = allp[i];
		atomic_fetch_and(&pp->claim, ~(uint32_t)ClaimStop);
		if (pp->status != Pstopped)
			continue;
		if (!runqempty(pp)) {
			pp->link = work;
			work = pp;
		} else {
			pidleput(pp);
		}
	}
	unlock(&sched.lock);
	startall(work);
}

void
startworld(m *mp, uint32_t n)
{
	uint32_t slow = (sched.asymmetric && !debug.check ? 0 : ClaimSlow) | (sched.polled || debug.seeded ? ClaimSlow : 0);
	p *own = NULL, *work = NULL;
	lock(&sched.lock);
	uint32_t old = load(sched.nprocs);
	for (uint32_t i = 0; i < n; i++)
		if (!allp[i] && !(allp[i] = pmake(i))) {
			if (i == 0)
				fatal("out of memory: no p can be made");
			print("thrum: warning: out of memory: %u ps instead of %u\n", i, n);
			n = i;
			store(wanted, n);
		}
	for (uint32_t i = n; i < old; i++) {
		pflush(allp[i]);
		allp[i]->status = Pdead;
	}
	store(sched.nprocs, n);
	timernobody();
	store(sched.stopping, false);
	for (uint32_t i = n; i-- > 0;) {
		p *pp = allp[i];
		store(pp->claim, slow);
		pp->status = Pstopped;
		pp->link = NULL;
		pp->tiny = false; // there may be no other p now that could run what it leaves
		pp->caughtat = 0;
		if (sched.polled)
			runqdrain(pp); // for thrum_poll
		if (mp && i == 0) {
			own = pp;
		} else if (!runqempty(pp)) {
			pp->link = work;
			work = pp;
		} else {
			pidleput(pp);
		}
	}
	if (n < old)
		for (m *idle = sched.midle; idle; idle = idle->schedlink)
			notewakeup(&idle->park); // some may be too many now
	unlock(&sched.lock);
	if (own)
		acquirep(mp, own);
	startall(work);
}

uint32_t
wantprocs(void)
{
	return load(wanted);
}

static void
resize_m(g *gp)
{
	m *mp = thrum_m;
	uint32_t n = load(wanted);
	if (!trylock(&worldlock)) {
		// Somebody else stops the world, this p too: behind him.
		stoprun(mp, gp);
		enqueue(gp);
		schedule();
	}
	stoprun(mp, gp);
	stopworld();
	startworld(mp, n);
	unlock(&worldlock);
	mp->lockedg = NULL;
	gp->lockedm = NULL;
	gogo(gp);
}

static uintptr_t
resize(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	lock(&worldlock);
	if (sched.started) {
		stopworld();
		startworld(NULL, load(wanted));
	}
	unlock(&worldlock);
	return 0;
}

PARKS int
thrum_maxprocs(int n)
{
	if (schedinit() < 0)
		return 0;
	int old = (int)load(wanted);
	if (n < 1 || n == old)
		return old;
	setwantprocs(n > MAXPROCS ? MAXPROCS : (uint32_t)n, true);
	if (sched.polled)
		return old;
	if (thrum_self()) {
		mcall(resize_m);
		while (load(sched.nprocs) != load(wanted) && sched.started)
			mcall(resize_m);
	} else {
		systemstack(resize, 0, 0);
	}
	return old;
}

void
setwantprocs(uint32_t n, bool bytheprogram)
{
	if (bytheprogram)
		store(told, true);
	store(wanted, debug.seeded ? 1 : n);
}

// followcpus stops the world for something that nobody has asked for, and in the thread that fires timers and takes ps
// from blocked calls. So it does not wait: for a goroutine of code that thrumcc has not built, or of a loop
// without a place to stop in, it tries again next time.
void
followcpus(void)
{
	if (load(told) || sched.polled || debug.seeded)
		return;
	uint32_t n = (uint32_t)procsfor(cpuaffinity(), cgroupcpus(""));
	if (n == load(wanted) || !trylock(&worldlock))
		return;
	if (!sched.started) {
		store(wanted, n);
	} else if (stopfor(PATIENCE)) {
		if (!load(told))
			store(wanted, n);
		startworld(NULL, load(wanted));
	} else {
		unstop();
	}
	unlock(&worldlock);
}
