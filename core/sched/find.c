// SPDX-License-Identifier: MIT
//
// find.c - chooses what runs next: an m that has a p looks for a goroutine, and sleeps if there is
// none.
//
// findrunnable looks at these places, in this order:
//
//	1. the p's timers: a timer that is due makes goroutines runnable
//	2. every 61st time, the global queue
//	3. the p's own queue
//	4. the global queue
//	5. the other ps, as a spinning m: in random order, again and again for some 20 us
//	   (longer, with naps, while work waits that is not worth taking)
//	6. the timers of all
//	7. it gives the p back, looks at everything once more, and sleeps
//
// At most half of the busy ps spin. A thread that makes work wakes one m, if there are idle ps and
// no m spins. A spinning m that finds work wakes the next one before it runs that work. So the
// number of running ms follows the work, without a wake-up for each goroutine. No sleeper is
// missed. The last m that stops spinning counts itself out, makes every thread pass a barrier, and
// looks once more (tests/model/park.pml).
//
// A spinning p offers itself in sched.spinner. A goroutine that readies its second goroutine since
// it was switched to is a producer, and gives it to the spinner directly. That takes one exchange,
// and the spinner reads the goroutine from a cache line for which it waits. The first readied
// goroutine goes to the next slot of the waker's own p, because a thread that wakes one partner
// mostly parks right after.
//
// A goroutine that changes processors takes some five cache lines along and costs the thief a
// barrier. So an m that has taken work looks afterwards how long each goroutine ran. If that is
// below a microsecond, its p leaves such work where it is. It takes it all the same if every p is
// idle or spins, or if the p that has it does not switch. It also tries again after a millisecond.
// While it leaves work it stays awake and naps, so that no thread wakes it for nothing.

#include "core/sched/proc.h"

#include "alloc/heap.h"
#include "arch/arch.h"
#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/sched/runq.h"
#include "core/sched/seed.h"
#include "core/time/timer.h"

#define SPINTICKS 60000  // cputicks for which an m spins: some 20 us
#define LATETICKS 10000  // ... after which it takes even what another p would run next
#define TINYTICKS 3000   // about a microsecond: the cost of a goroutine that changes processors
#define STILLTICKS 200000 // such work is taken from a p that has not switched for some 75 us
#define PROBETICKS 3000000 // after a millisecond of waiting work it tries again all the same
#define NAP 50000        // ns

bool
anywork(void)
{
	uint32_t n = load(sched.nprocs);
	if (load(sched.globsize) > 0)
		return true;
	for (uint32_t i = 0; i < n; i++)
		if (!runqempty(allp[i]))
			return true;
	return false;
}

void
lastlook(void)
{
	if (sched.asymmetric && load(sched.nprocs) > 1)
		osbarrier();
	else
		atomic_thread_fence(memory_order_seq_cst);
}

// stealwork looks at every other p once, in random order. late: it may also take what they would
// run next.
static g *
stealwork(p *pp, bool late)
{
	uint32_t n = load(sched.nprocs), at = (uint32_t)(fastrand() % n);
	for (uint32_t i = 0; i < n; i++, at = at + 1 == n ? 0 : at + 1) {
		p *victim = allp[at];
		if (victim == pp || runqempty(victim))
			continue;
		if (!late && ringempty(victim))
			continue;
		g *gp = runqsteal(pp, victim, late);
		if (gp)
			return gp;
	}
	return NULL;
}

// unoffer takes back pp's offer to be given a goroutine. Returns: the goroutine that came before,
// or NULL.
static g *
unoffer(p *pp)
{
	p *self = pp;
	g *gp;
	if (atomic_compare_exchange_strong(&sched.spinner, &self, NULL))
		return NULL;
	while (!(gp = loadacq(pp->inbox)))
		procyield();
	store(pp->inbox, NULL);
	return gp;
}

// backlog tells whether another p has work that waits. *ticks: the switches of those ps.
static bool
backlog(p *self, uint32_t *ticks)
{
	uint32_t n = load(sched.nprocs);
	bool any = load(sched.globsize) > 0;
	*ticks = 0;
	for (uint32_t i = 0; i < n; i++)
		if (allp[i] != self && (!runqempty(allp[i]) || any)) {
			any = true;
			*ticks += load(allp[i]->schedtick);
		}
	return any;
}

static g *
globtake(p *pp)
{
	if (load(sched.globsize) == 0)
		return NULL;
	lock(&sched.lock);
	g *gp = globget(pp, RUNQ / 2);
	unlock(&sched.lock);
	return gp;
}

// judge decides whether the work that pp took from others was worth it. Goroutines that run for
// less time than their way from one cache to another costs are better left where they are.
static void
judge(p *pp, uint64_t now)
{
	uint32_t n = load(pp->schedtick) - pp->caughttick;
	if (pp->caughtat && n > 0)
		pp->tiny = (now - pp->caughtat) / n < TINYTICKS;
	pp->caughtat = 0;
}

// spin looks for work for some 20 us. While there is work that it leaves to others, it goes on with
// naps. Returns: NULL if there is none.
static g *
spin(p *pp)
{
	uint64_t start = cputicks(), now = start, first = start;
	uint32_t tick = 0, ticks;
	uint64_t since = 0; // since then work has waited, and its p has not switched
	g *gp = NULL;
	bool offered = false, any = false;
	judge(pp, now);
	for (;;) {
		p *none = NULL;
		if (!offered)
			offered = atomic_compare_exchange_strong(&sched.spinner, &none, pp);
		for (int k = 0; k < 24 && !loadacq(pp->inbox); k++)
			procyield();
		if (loadacq(pp->inbox) || load(pp->claim) & ClaimAsk)
			break;
		now = cputicks();
		uint64_t next = timernext();
		if (next != NEVER && next <= nanotime())
			break;
		if ((any = backlog(pp, &ticks))) {
			if (ticks != tick || since == 0) {
				tick = ticks;
				since = now;
			}
			bool nobody = load(sched.npidle) + load(sched.nmspinning) >= load(sched.nprocs);
			if (!pp->tiny || nobody || now - since > STILLTICKS || now - first > PROBETICKS) {
				if ((gp = globtake(pp)) || (gp = stealwork(pp, now - since > LATETICKS)))
					break;
			}
		} else {
			since = 0;
			first = now;
		}
		if (now - start < SPINTICKS)
			continue;
		if (!any)
			break;
		if (offered && (gp = unoffer(pp)))
			return gp;
		offered = false;
		osnap(NAP);
		start = cputicks();
	}
	if (gp) {
		pp->caughtat = now;
		pp->caughttick = load(pp->schedtick);
	}
	if (offered) {
		g *given = unoffer(pp);
		if (given && gp)
			runqput(pp, given);
		else if (given)
			gp = given;
	}
	return gp;
}

void
resetspinning(m *mp)
{
	bool spun = mp->spinning;
	if (!spun && !mp->lazy)
		return;
	mp->spinning = mp->lazy = false;
	if (spun && atomic_fetch_sub(&sched.nmspinning, 1) == 1 && needwake())
		wakep();
	timercover(timernext()); // the starter of a timer has left it to us
}

// globturn returns a goroutine of the global queue, every GLOBTICK switches.
static g *
globturn(p *pp)
{
	uint32_t tick = load(pp->schedtick) + 1;
	if ((int32_t)(tick - pp->globtick) < 0)
		return NULL;
	pp->globtick = tick + GLOBTICK;
	bump(pp->nglobpoll, 1);
	if (load(sched.globsize) == 0)
		return NULL;
	lock(&sched.lock);
	g *gp = globget(pp, 1);
	unlock(&sched.lock);
	return gp;
}

// mayrun does what mp was asked to do between two goroutines. Returns: false if mp may have another
// p now, or has slept.
static bool
mayrun(m *mp, p *pp)
{
	if (load(sched.mainexited) && mp == sched.runner)
		leave(mp);
	if (load(pp->claim) & ClaimStop) {
		gcstopm(mp);
		return false;
	}
	if (load(pp->claim) & ClaimEach)
		eachp(pp);
	if (mp->polled && cputicks() > mp->pollend)
		leave(mp);
	if (sched.polled && !mp->polled) {
		// A callback left over from an earlier run has ended on this m. Only thrum_poll may
		// run goroutines now.
		lock(&sched.lock);
		giveback(releasep(mp));
		unlock(&sched.lock);
		pollwake();
		stopm(mp);
		return false;
	}
	return true;
}

// search makes mp spin, if few enough ms do. Otherwise it looks only into the global queue.
static g *
search(m *mp, p *pp)
{
	uint32_t n = load(sched.nprocs), busy = n - load(sched.npidle);
	if (n < 2 || (!mp->spinning && 2 * load(sched.nmspinning) >= busy))
		return globtake(pp);
	if (!mp->spinning) {
		mp->spinning = true;
		atomic_fetch_add(&sched.nmspinning, 1);
	}
	return spin(pp);
}

// rest gives pp back, looks at everything once more, and sleeps. On return mp has a p.
static void
rest(m *mp, p *pp)
{
	if (load(heap.grown) > MONITORED && !load(heap.monitored)) {
		store(heap.monitored, true);
		sysmonstart();
	}
	lock(&sched.lock);
	if (sched.stopping || load(pp->claim) & ClaimEach || load(sched.globsize) > 0) {
		unlock(&sched.lock);
		return;
	}
	releasep(mp);
	pidleput(pp);
	unlock(&sched.lock);
	if (mp->spinning) {
		mp->spinning = false;
		atomic_fetch_sub(&sched.nmspinning, 1);
	}
	lastlook();
	if (anywork()) {
		lock(&sched.lock);
		pp = pidlefor(mp);
		unlock(&sched.lock);
		if (pp) {
			acquirep(mp, pp);
			mp->spinning = true;
			atomic_fetch_add(&sched.nmspinning, 1);
			return;
		}
	}
	stopm(mp);
}

g *
findrunnable(m *mp, bool *inherit)
{
	g *gp;
	*inherit = false;
	for (;;) {
		p *pp = load(mp->p);
		if (!mayrun(mp, pp))
			continue;
		// 1. The p's timers.
		if (!debug.seeded)
			timerrun(pp);
		else if ((gp = seedpick(mp)))
			return gp;
		// 2. Every 61st time, the global queue.
		if ((gp = globturn(pp)))
			return gp;
		// 3. The p's own queue.
		if ((gp = runqget(pp, inherit)))
			return gp;
		runqflush(pp);
		// 4. The global queue.
		if (!pp->tiny && (gp = globtake(pp)))
			return gp;
		if (mp->polled)
			leave(mp);
		// 5. The other ps.
		if ((gp = search(mp, pp)))
			return gp;
		if (load(pp->claim) & ClaimAsk)
			continue;
		// 6. The timers of all.
		if (timerlast(pp))
			continue;
		// 7. Nothing: sleep.
		rest(mp, pp);
	}
}
