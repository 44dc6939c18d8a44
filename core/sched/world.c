// SPDX-License-Identifier: MIT
//
// world.c - does work while no p runs, or once on each p, and sets the number of ps.
//
// worldstopped(fn) stops the world, calls fn, and starts the world again. stopworld sets ClaimStop
// in every p. A p that runs is asked to stop (preempt.c) and sees the bit at its next switch. Then
// its m gives up the p (gcstopm) and sleeps. A p in a foreign call is retaken. Idle ps are stopped
// already. startworld makes the wanted number of ps, gives those with work to ms, and makes the
// rest idle.
//
// foreachp(fn) calls fn once for each p, and stops no p for longer than that: it sets ClaimEach in
// every p. A p that runs is asked to come by findrunnable, and sees the bit there. While fn is
// called for an idle p, sched.lock keeps others away. For one in a foreign call, the claim of its m
// does (holdcall). The thread that calls fn removes the bit under sched.lock, so fn is called once.
//
// There is one stop, start or foreachp at a time (worldlock). A goroutine that finds the lock taken
// goes behind the others, because its own p may be waited for.
//
// A stop that no program has asked for gives up when it takes long (followcpus): unstop lets the
// stopped ps go on.
//
// The world is stopped before the first run, between two runs, and while the number of ps changes.

#include "core/sched/proc.h"

#include "arch/arch.h"
#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/preempt/preempt.h"
#include "core/sched/p.h"
#include "core/sched/ready.h"
#include "core/sched/scan.h"
#include "core/time/timer.h"

#define PATIENCE 10000000u // ns for which followcpus waits for the world to stop: the length of a
                           // time slice

#define LOOKAGAIN 100000u  // ns between two looks at ps that have not stopped

mutex worldlock = MUTEX(RankWorld);

hist stops; // worldlock: from the request until the world was stopped

// The wanted number of ps; set before the first run, too.
static _Atomic uint32_t wanted;
static _Atomic bool told; // the program has set the number

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
		// The stop is over already.
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

// startall gives the ps in the list work, which have work, to ms.
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

// stopfor stops the world, or gives up after ns; then some ps are stopped and others are not.
// Locks: RankWorld is held. Returns: whether the world is stopped.
static bool
stopfor(uint64_t ns)
{
	uint64_t start = nanotime(), end = later(start, ns);
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
		done = notetsleep(&sched.stopnote, LOOKAGAIN);
		if (!done && nanotime() > end)
			return false;
	}
	histrecord(&stops, nanotime() - start);
	return true;
}

void
stopworld(void)
{
	stopfor(UINT64_MAX);
}

// unstop lets those ps go on that stopfor stopped before it gave up.
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
	p *own = NULL, *work = NULL;
	lock(&sched.lock);
	uint32_t slow = (sched.asymmetric && !debug.check ? 0 : ClaimSlow) | (sched.polled || debug.seeded ? ClaimSlow : 0) |
		scanclaim();
	uint32_t old = load(sched.nprocs);
	for (uint32_t i = 0; i < n; i++)
		if (!allp[i] && !(allp[i] = pmake(i))) {
			if (i == 0)
				fatal("out of memory: the first P cannot be created");
			print("thrum: warning: out of memory: running with %u Ps instead of %u\n", i, n);
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
		pp->tiny = false; // no other p may be left to run what this one leaves
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
			mwake(idle); // some may be too many now
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

// ---- while the world is stopped ---------------------------------------------------

// once calls fn(arg) while the world is stopped. mp, if not NULL, gets a p back. Locks: RankWorld
// is held.
static void
once(m *mp, void (*fn)(void *), void *arg)
{
	if (sched.started)
		stopworld();
	fn(arg);
	if (sched.started)
		startworld(mp, sched.polled ? 1 : load(wanted));
}

void
worldstoppedby(void (*fn)(void *), void *arg)
{
	once(NULL, fn, arg);
}

// The request of a goroutine: one of stopped and each is set.
struct request {
	void (*stopped)(void *);
	void (*each)(p *, void *);
	void *arg;
	uint64_t patience; // with each
	bool done, all;    // all: each was called for all ps
};

static bool askall(const struct request *r);

static void
request_m(g *gp)
{
	m *mp = thrum_m;
	struct request *r = gp->commitarg;
	if (!trylock(&worldlock)) {
		// Another thread stops the world, and so this p, or waits for this p: go behind it.
		stoprun(mp, gp);
		ready(load(mp->p), gp, ReadyPreempted);
		schedule();
	}
	r->done = true;
	if (r->each) {
		r->all = askall(r);
	} else {
		stoprun(mp, gp);
		once(mp, r->stopped, r->arg);
	}
	unlock(&worldlock);
	mp->lockedg = NULL;
	gp->lockedm = NULL;
	scanrun(load(mp->p), gp);
	gogo(gp);
}

static uintptr_t
requestthread(uintptr_t a, uintptr_t unused)
{
	struct request *r = (struct request *)a;
	(void)unused;
	lock(&worldlock);
	if (r->each)
		r->all = askall(r);
	else
		once(NULL, r->stopped, r->arg);
	unlock(&worldlock);
	return 0;
}

static void
request(struct request *r)
{
	g *gp = thrum_self();
	if (!gp) {
		systemstack(requestthread, (uintptr_t)r, 0);
		return;
	}
	while (!r->done) {
		gp->commitarg = r;
		mcall(request_m);
	}
}

void
worldstopped(void (*fn)(void *), void *arg)
{
	request(&(struct request){.stopped = fn, .arg = arg});
}

// ---- on each p ---------------------------------------------------------------------

static struct {
	void (*fn)(p *, void *); // worldlock
	void *arg;               // worldlock
	uint32_t left;           // sched.lock: ps that still have ClaimEach
	note done;
} each;

// calleach calls fn for pp, unless that was done already. Locks: sched.lock is held.
static void
calleach(p *pp)
{
	if (!(atomic_fetch_and(&pp->claim, ~(uint32_t)ClaimEach) & ClaimEach))
		return;
	each.fn(pp, each.arg);
	if (--each.left == 0)
		notewakeup(&each.done);
}

void
eachp(p *pp)
{
	lock(&sched.lock);
	calleach(pp);
	unlock(&sched.lock);
}

bool
comeby(m *mp, p *pp, g *gp)
{
	if (!(load(pp->claim) & ClaimEach) && !mp->comeby)
		return false;
	lock(&sched.lock);
	calleach(pp);
	bool only = mp->comeby && !(load(pp->claim) & ~(uint32_t)(ClaimSlow | ClaimScan)) && !load(sched.mainexited);
	mp->comeby = false;
	if (only)
		store(gp->preempt, 0);
	unlock(&sched.lock);
	return only;
}

// callothers calls fn for the ps that are idle or in a foreign call, and asks those that run to
// come by.
static void
callothers(void)
{
	for (uint32_t i = 0; i < load(sched.nprocs); i++) {
		p *pp = allp[i];
		m *mp = load(pp->claim) & ClaimEach ? holdcall(pp) : NULL;
		if (mp) {
			eachp(pp);
			claimunlock(&mp->claim);
		} else if (load(pp->claim) & ClaimEach) {
			preempt(pp, NULL, 0, PreemptEach);
		}
	}
	lock(&sched.lock);
	for (p *pp = sched.pidle; pp; pp = pp->link)
		calleach(pp);
	unlock(&sched.lock);
}

// withdraw removes ClaimEach from all ps. Returns: true if none had it.
static bool
withdraw(void)
{
	lock(&sched.lock);
	bool none = each.left == 0;
	for (uint32_t i = 0; i < load(sched.nprocs); i++)
		atomic_fetch_and(&allp[i]->claim, ~(uint32_t)ClaimEach);
	unlock(&sched.lock);
	return none;
}

// askall calls r->each for each p, and waits until that is done or r's patience is over. Locks:
// RankWorld is held.
static bool
askall(const struct request *r)
{
	uint64_t end = later(nanotime(), r->patience);
	m *mp = thrum_m;
	p *own = mp && !load(mp->incall) ? load(mp->p) : NULL;
	lock(&sched.lock);
	each.fn = r->each;
	each.arg = r->arg;
	each.left = load(sched.nprocs);
	noteclear(&each.done);
	for (uint32_t i = 0; i < load(sched.nprocs); i++)
		atomic_fetch_or(&allp[i]->claim, ClaimEach);
	if (own)
		calleach(own);
	if (!sched.started) // all are stopped
		for (uint32_t i = 0; i < load(sched.nprocs); i++)
			calleach(allp[i]);
	bool done = each.left == 0;
	unlock(&sched.lock);
	while (!done) {
		callothers();
		done = notetsleep(&each.done, LOOKAGAIN);
		if (!done && nanotime() > end)
			return withdraw();
	}
	return true;
}

bool
foreachp(void (*fn)(p *, void *), void *arg, uint64_t patience)
{
	struct request r = {.each = fn, .arg = arg, .patience = patience};
	request(&r);
	return r.all;
}

// ---- the number of ps --------------------------------------------------------------

static void
nothing(void *unused)
{
	(void)unused;
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
	do
		worldstopped(nothing, NULL); // the world goes on with the wanted number
	while (thrum_self() && load(sched.nprocs) != load(wanted) && sched.started);
	return old;
}

void
setwantprocs(uint32_t n, bool bytheprogram)
{
	if (bytheprogram)
		store(told, true);
	store(wanted, debug.seeded ? 1 : n);
}

// followcpus stops the world without a program's request, in the thread that fires timers and takes
// ps from blocked calls. So it does not wait. If code that thrumcc has not built, or a loop without
// a safe point, does not stop in time, it tries again next time.
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
