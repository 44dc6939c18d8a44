// SPDX-License-Identifier: MIT
//
// threads.c - the ms: starts threads, lets them sleep and wakes them, gives them ps and takes ps
// from them.
//
// An m without work sleeps on its note, in sched.midle. A thread that has a p for it sets nextp and
// wakes it. There is one thread per p and one more; a thread beyond those sleeps for a second only
// and then ends. So after a storm of blocking calls the process has its base count again. A thread
// does not end while the kernel ties something to it (ostied): for example children that it has
// forked for a goroutine, and that have asked to die with it.
//
// A goroutine may be locked to its thread: by thrum_lock_thread, or while it is in a callback, when
// foreign frames wait on that thread's stack. Such a goroutine stays with its m. When it stops
// running, the m gives its p away and sleeps. The m that finds the goroutine in a queue gives its
// own p to that m and goes to sleep itself. If the goroutine ends while locked, the thread ends
// with it, because the runtime does not know how the thread was changed.
//
// If no thread can be started, the p stays idle and sysmon tries again; the work waits.

#include <errno.h>
#include <string.h>

#include "alloc/mcache.h"
#include "arch/arch.h"
#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/diag/crash.h"
#include "core/diag/race.h"
#include "core/preempt/preempt.h"
#include "core/sched/proc.h"
#include "core/sched/runq.h"
#include "core/stack/stack.h"
#include "core/time/timer.h"

#define SURPLUS 1000000000u // ns for which a surplus thread waits for work
#define TIED 60000000000u   // ... if the kernel ties something to it
#define MKEEP 16            // free ms that keep their signal stacks
#define DYING 1000000000u   // ns within which a thread that has left is gone

// The m of goroutines whose thread is gone.
static m gone;

// unlockalive releases sched.lock after an m has stopped running. Errors: fatal if all goroutines
// are asleep.
static void
unlockalive(void)
{
	bool dead = checkdead();
	unlock(&sched.lock);
	if (dead)
		deadlock();
}

void
checkalive(void)
{
	lock(&sched.lock);
	unlockalive();
}

// ---- m structs ------------------------------------------------------------------

static const fixkind mkind = {.name = "ms", .use = UseSched, .slab = 64u << 10, .link = offsetof(m, schedlink)};
fixalloc fixms = FIXALLOC(&mkind, (sizeof(m) + CACHELINE - 1) & -(size_t)CACHELINE);

m *
mget(void)
{
	m *mp = fixold(&fixms);
	if (!mp) {
		if (!(mp = fixnew(&fixms)))
			return NULL;
		mp->id = sched.mgen++;
		mp->alllink = sched.allm;
		mp->g0.m = mp;
		store(mp->g0.status, Grunning);
		mp->rng = cputicks() | 1;
		store(mp->claim, sched.asymmetric && !debug.check ? 0 : ClaimSlow);
		sched.allm = mp;
	}
	mp->inuse = true;
	atomic_fetch_and(&mp->claim, ~(uint32_t)ClaimSignal); // from the thread before
	mp->schedlink = NULL;
	mp->nextp = NULL;
	mp->first = NULL;
	mp->lockedg = NULL;
	mp->spinning = mp->exiting = mp->polled = false;
	noteclear(&mp->park);
	sched.nm++;
	return mp;
}

void
mput(m *mp)
{
	mp->inuse = false;
	store(mp->tid, 0);
	fixput(&fixms, mp);
	sched.nm--;
}

int
minit(m *mp)
{
	raceignore();
	racethread(mp);
	int rc = altstackinit(mp);
	if (rc < 0) {
		raceheed();
		return rc;
	}
	mp->errnop = &errno;
	mp->tcb = tcbself();
	store(mp->tid, ostid());
	thrum_m = mp;
	// Scheduler code is left in the middle at each switch. Each time, its unsafe frames begin
	// here again.
	if (!gettcb_usp())
		settcb_usp(ubegin());
	mp->g0.usp = gettcb_usp();
	settcb_g(&mp->g0);
	return 0;
}

void
mleave(m *mp)
{
	if (mp->prompt)
		osunprompt();
	mp->prompt = false;
	thrum_cache = threadcache;
	thrum_m = NULL;
	settcb_g(NULL);
	settcb_usp(mp->g0.usp);
	settcb_guard(0);
	raceheed();
}

void
threadsfork(void)
{
	m *own = thrum_m;
	sched.pidle = NULL;
	sched.midle = NULL;
	store(sched.npidle, 0);
	store(sched.nmspinning, 0);
	store(sched.spinner, NULL);
	sched.nmidle = sched.nmlocked = 0;
	sched.nm = own != NULL;
	for (m *mp = sched.allm; mp; mp = mp->alllink) {
		if (mp == own)
			continue;
		mp->inuse = mp->idle = false;
		store(mp->tid, 0);
		store(mp->p, NULL);
		store(mp->curg, NULL);
	}
	fixloselist(&fixms); // the other threads' memory stays with them
}

// ---- ps and their owners -----------------------------------------------------------

void
acquirep(m *mp, p *pp)
{
	if (load(mp->p) || load(pp->m))
		throw("acquirep: the p already has an m");
	store(pp->acquiretick, load(pp->schedtick) + 1);
	store(pp->acquired, nanotime());
	storerel(pp->m, mp);
	pp->status = Prunning;
	storerel(mp->p, pp);
	thrum_cache = pp->mcache;
	store(sched.coarse, cputicks());
	if (load(sched.sysmonwait)) {
		lock(&sched.lock);
		wakemonitor();
		unlock(&sched.lock);
	}
}

p *
releasep(m *mp)
{
	p *pp = load(mp->p);
	if (mp == thrum_m) // otherwise it is in a foreign call, see hasp
		thrum_cache = threadcache;
	store(mp->p, NULL);
	storerel(pp->m, NULL);
	return pp;
}

p *
pidleget(void)
{
	p *pp = sched.pidle;
	if (pp) {
		sched.pidle = pp->link;
		atomic_fetch_sub(&sched.npidle, 1);
	}
	return pp;
}

// In polled mode goroutines run only in thrum_poll. But an m of an earlier run may still look for
// work, or return from a foreign call.
p *
pidlefor(const m *mp)
{
	return sched.stopping || (sched.polled && !(mp && mp->polled)) ? NULL : pidleget();
}

void
pidleput(p *pp)
{
	pp->status = Pidle;
	pp->link = sched.pidle;
	sched.pidle = pp;
	atomic_fetch_add(&sched.npidle, 1);
}

// ---- a thread begins and ends -------------------------------------------------------

static void
mloop(void)
{
	m *mp = thrum_m;
	p *pp = mp->nextp;
	mp->nextp = NULL;
	acquirep(mp, pp);
	schedule();
}

static void *
mstart(void *a)
{
	m *mp = a;
	raceignore();
	if (minit(mp) < 0 || osstack(&mp->syslo, &mp->syshi) < 0)
		fatal("out of memory: a thread's signal stack cannot be mapped (see ulimit -v, vm.max_map_count)");
	runenter(mp, mloop);
	mleave(mp);
	// A signal handler may still come. Then it begins an area of its own.
	uintptr_t usp = gettcb_usp();
	settcb_usp(0);
	ufree(usp);
	altstackoff(mp, load(fixms.nfree) < MKEEP); // mp may have another thread before this one is
	                                            // gone
	lock(&sched.lock);
	sched.dying[sched.ndying % NDYING] = load(mp->tid);
	sched.dyingat[sched.ndying++ % NDYING] = nanotime();
	mput(mp);
	unlockalive();
	raceheed();
	return NULL;
}

// newm starts a thread that will have pp. Returns: false if no thread can be started.
static bool
newm(p *pp, bool spinning)
{
	static _Atomic bool warned;
	lock(&sched.lock);
	if (sched.nm >= sched.maxthreads) {
		unlock(&sched.lock);
		print("thrum: %u threads run goroutines or are blocked in foreign calls; raise the limit with thrum_set_max_threads\n",
			sched.maxthreads);
		fatal("thread limit reached");
	}
	m *mp = mget();
	if (mp) {
		mp->nextp = pp;
		mp->spinning = spinning;
		sched.nthread++;
	}
	unlock(&sched.lock);
	int rc = mp ? newthread(mstart, mp, false) : -ENOMEM;
	if (rc == 0)
		return true;
	if (!atomic_exchange(&warned, true))
		print("thrum: warning: a thread cannot be started: %s; runnable goroutines must wait (see ulimit -u, pids.max)\n", strerror(-rc));
	if (mp) {
		lock(&sched.lock);
		mput(mp);
		unlock(&sched.lock);
	}
	return false;
}

void
wakemonitor(void)
{
	if (load(sched.sysmonwait)) {
		store(sched.sysmonwait, false);
		timerwoken();
		notewakeup(&sched.sysmonnote);
	}
}

// giveback makes pp idle, or stopped if the world is stopping. Locks: sched.lock is held.
void
giveback(p *pp)
{
	if (sched.stopping) {
		pp->status = Pstopped;
		if (--sched.stopwait == 0)
			notewakeup(&sched.stopnote);
	} else {
		pidleput(pp);
	}
}

void
startm(p *pp, bool spinning)
{
	lock(&sched.lock);
	if (!pp)
		pp = pidlefor(NULL);
	if (!pp) {
		if (spinning)
			atomic_fetch_sub(&sched.nmspinning, 1);
		unlock(&sched.lock);
		return;
	}
	m *mp = sched.midle;
	if (mp) {
		sched.midle = mp->schedlink;
		mp->idle = false;
		sched.nmidle--;
		mp->spinning = spinning;
		mp->nextp = pp;
		unlock(&sched.lock);
		mwake(mp);
		return;
	}
	unlock(&sched.lock);
	if (newm(pp, spinning))
		return;
	lock(&sched.lock);
	if (spinning)
		atomic_fetch_sub(&sched.nmspinning, 1);
	runqdrain(pp); // where other ps see it
	giveback(pp);
	unlock(&sched.lock);
}

// unidle takes mp out of the list. Locks: sched.lock is held.
static void
unidle(m *mp)
{
	for (m **at = &sched.midle; *at; at = &(*at)->schedlink)
		if (*at == mp) {
			*at = mp->schedlink;
			mp->idle = false;
			sched.nmidle--;
			return;
		}
}

void
mwake(m *mp)
{
	notewakeup(&mp->park);
}

// msleep puts an m to sleep: until the time `until` if that is not NEVER, else for ns if that is
// not 0. mwake ends the sleep. A wake-up that comes before the sleep is not lost; noteclear, under
// sched.lock, forgets it. Returns: false if the time is over.
static bool
msleep(m *mp, uint64_t until, uint64_t ns)
{
	if (until != NEVER) {
		if (!mp->prompt)
			osprompt();
		mp->prompt = true;
		uint64_t now = nanotime();
		return until > now && notetsleep(&mp->park, until - now);
	}
	if (ns > 0)
		return notetsleep(&mp->park, ns);
	notesleep(&mp->park);
	return true;
}

// sleepm sleeps until mp has a nextp, and takes it. The note only tells that something has changed
// under sched.lock, so a late or second wake-up does no harm. The keeper of the timers also wakes
// up when one is due, and takes an idle p if there is one.
static void
sleepm(m *mp)
{
	bool intime = true, tied = false;
	for (;;) {
		tied = !intime && mp->idle && ostied();
		lock(&sched.lock);
		bool keeps = timerkeeps(mp);
		bool surplus = mp->idle && !keeps && sched.nmidle > load(sched.nprocs) + 1 && mp != sched.runner;
		noteclear(&mp->park);
		p *pp = mp->nextp;
		mp->nextp = NULL;
		bool end = !pp && ((surplus && !intime && !tied) || (load(sched.mainexited) && mp == sched.runner));
		bool due = keeps && !intime && !pp && !end && !sched.stopping && !sched.polled;
		if (due)
			pp = pidlefor(mp);
		if ((end || (due && pp)) && mp->idle)
			unidle(mp);
		uint64_t until = NEVER;
		if (pp || end || due)
			timerkept(mp);
		else if (mp->idle)
			until = timerkeep(mp);
		unlock(&sched.lock);
		if (pp)
			acquirep(mp, pp);
		if (due)
			timerrunall(nanotime());
		if (keeps && !mp->spinning && (pp || end))
			timercover(timernext()); // another thread's task now
		if (pp)
			return;
		if (end)
			leave(mp);
		if (due) { // all ps are busy: the monitor takes care of the readied goroutines
			checkalive();
			sysmonkick();
			intime = true;
		} else {
			intime = msleep(mp, until, surplus ? tied ? TIED : SURPLUS : 0);
		}
	}
}

void
stopm(m *mp)
{
	lock(&sched.lock);
	mp->schedlink = sched.midle;
	sched.midle = mp;
	mp->idle = true;
	sched.nmidle++;
	unlockalive();
	sleepm(mp);
}

void
handoffp(p *pp)
{
	// In the deterministic mode, time goes on when an m finds nothing to run.
	if (!runqempty(pp) || load(sched.globsize) > 0 || (debug.seeded && timersarmed())) {
		if (!load(sched.stopping)) {
			startm(pp, false);
			return;
		}
	}
	// No m is searching: this p may.
	uint32_t none = 0;
	if (load(sched.npidle) + load(sched.nmspinning) == 0 && load(sched.nprocs) > 1 && !load(sched.stopping) &&
		atomic_compare_exchange_strong(&sched.nmspinning, &none, 1)) {
		startm(pp, true);
		return;
	}
	lock(&sched.lock);
	if (!sched.stopping && load(sched.globsize) > 0) {
		unlock(&sched.lock);
		startm(pp, false);
		return;
	}
	giveback(pp);
	unlock(&sched.lock);
	// A thread that queued work before, and saw no idle p, has woken no m.
	lastlook();
	if (anywork() && needwake())
		wakep();
}

void
wakep(void)
{
	uint32_t none = 0;
	if (load(sched.sliceslow))
		sysmonslice();
	if (sched.polled || load(sched.npidle) == 0 || load(sched.nmspinning) != 0 ||
		!atomic_compare_exchange_strong(&sched.nmspinning, &none, 1))
		return;
	startm(NULL, true);
}

// ---- goroutines locked to their threads ------------------------------------------

void
stoplockedm(m *mp)
{
	if (mp->polled)
		fatal("a goroutine parks in a callback inside thrum_poll, which would block the host's event loop: do not wait in that callback");
	if (load(mp->p))
		handoffp(releasep(mp));
	lock(&sched.lock);
	sched.nmlocked++;
	unlockalive();
	sleepm(mp);
}

void
startlockedm(m *mp, g *gp)
{
	p *pp = releasep(mp);
	lock(&sched.lock);
	m *to = gp->lockedm;
	if (to == &gone) {
		unlock(&sched.lock);
		fatal("a goroutine cannot continue: it is locked to the thread of a thrum_run that has returned, or waits in a "
		      "callback there. Let it finish before thrum_run's function returns");
	}
	to->nextp = pp;
	sched.nmlocked--;
	unlock(&sched.lock);
	mwake(to);
	if (mp->polled) // the host's loop goes on meanwhile
		leave(mp);
	stopm(mp);
}

// orphan: mp leaves the thread on which its locked goroutine has foreign frames.
static void
orphan(m *mp)
{
	lock(&sched.lock);
	g *gp = mp->lockedg;
	mp->lockedg = NULL;
	if (gp)
		gp->lockedm = &gone;
	p *pp = mp->nextp;
	mp->nextp = NULL;
	if (pp && gp)
		globput1(gp); // startlockedm has just counted mp and taken gp out of its queue
	else if (gp || mp->exiting)
		sched.nmlocked--;
	unlock(&sched.lock);
	if (pp)
		handoffp(pp);
}

_Noreturn void
leave(m *mp)
{
	if (mp->spinning) {
		mp->spinning = false;
		atomic_fetch_sub(&sched.nmspinning, 1);
	}
	orphan(mp);
	if (load(mp->p) && !mp->polled) {
		p *pp = releasep(mp);
		if (mp == sched.runner && !sched.program) { // the world stops anyway
			lock(&sched.lock);
			giveback(pp);
			unlock(&sched.lock);
		} else {
			handoffp(pp);
		}
	}
	runleave(mp);
}

_Noreturn void
threadend(m *mp)
{
	handoffp(releasep(mp));
	if (mp == sched.runner) { // we must not end its thread
		lock(&sched.lock);
		sched.nmlocked++;
		unlockalive();
		sleepm(mp);
		throw("threadend: a thread that may only wait was given a p");
	}
	runleave(mp);
}

static void
setnlock(g *gp, uint32_t n)
{
	gp->nlock = n;
	if (n > 0 && !sched.polled) // there, all run on one thread
		gp->slow |= SlowLocked;
	else
		gp->slow &= (uint16_t)~SlowLocked;
}

API void
thrum_lock_thread(void)
{
	g *gp = getg();
	if (!thrum_self())
		fatal("thrum_lock_thread outside a goroutine: only a goroutine can be locked to its thread");
	if (load(sched.templatetid) == 0 && !sched.polled)
		templatestart();
	setnlock(gp, gp->nlock + 1);
}

API void
thrum_unlock_thread(void)
{
	g *gp = getg();
	if (!thrum_self() || gp->nlock == 0)
		fatal("thrum_unlock_thread without thrum_lock_thread: each unlock needs an earlier lock by the same goroutine");
	setnlock(gp, gp->nlock - 1);
}

API size_t
thrum_set_max_threads(size_t n)
{
	lock(&sched.lock);
	size_t old = sched.maxthreads;
	sched.maxthreads = n < 1 ? 1 : n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
	unlock(&sched.lock);
	return old;
}

// ---- all asleep ------------------------------------------------------------------

// known tells whether the thread tid belongs to the runtime.
static bool
known(int tid)
{
	for (m *mp = sched.allm; mp; mp = mp->alllink)
		if (mp->inuse && load(mp->tid) == tid)
			return true;
	for (int i = 0; i < NDYING; i++)
		if (sched.dying[i] == tid && nanotime() - sched.dyingat[i] < DYING)
			return true;
	return tid == load(sched.sysmontid) || tid == load(sched.stormtid) || tid == load(sched.templatetid);
}

// unsaid returns how many of the runtime's own threads have been started and have not set their tid
// yet.
static int
unsaid(void)
{
	return (sched.sysmonon && load(sched.sysmontid) == 0) + stormbegins();
}

// checkdead tells whether every goroutine waits for another. A thread that is not ours may still
// ready one.
bool
checkdead(void)
{
	// nmlocked may be ahead of its ms, so the difference is signed.
	if (!sched.runner || sched.stopping || (int32_t)(sched.nm - sched.nmidle - sched.nmlocked) > 0 || load(sched.mainexited))
		return false;
	if (load(sched.globsize) > 0)
		return false;
	for (uint32_t i = 0; i < load(sched.nprocs); i++)
		if (!runqempty(allp[i]))
			return false;
	if (timersarmed())
		return false;
	// The monitor and the storm may not have set their tids yet. If one of them does so while
	// the threads are counted, they are counted again, because no thread would ask a second
	// time whether all are asleep.
	int before, after, unknown;
	do {
		before = unsaid();
		unknown = osthreads(known);
		after = unsaid();
	} while (before != after);
	return unknown <= after;
}
