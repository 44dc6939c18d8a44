// SPDX-License-Identifier: MIT
//
// find.c - what runs next: an m that has a p looks for a goroutine, and sleeps when there is none.
//
// findrunnable looks, in this order,
//
//	1. at the p's timers: what is due makes goroutines runnable
//	2. every 61st time, into the global queue
//	3. into the p's own queue
//	4. into the global queue
//	5. at the other ps, as a spinning m: in random order, again and again for some 20 us
//	   (longer, with naps, while work waits that is not worth taking)
//	6. at the timers of all
//	7. gives the p back, looks at everything once more, and sleeps
//
// At most half of the busy ps spin. Who makes work wakes one m when there are idle
// ps and nobody spins; a spinning m that finds work wakes the next before it runs it. So
// the number of running ms follows the work without a wake-up for each goroutine. A sleeper
// is not missed: the last m that stops spinning makes everybody pass a barrier between saying
// so and looking once more (tests/model/park.pml).
//
// A spinning p offers itself in sched.spinner. A goroutine that readies its second one since it was
// switched to, and so is a producer, gives it to the spinner directly: one exchange, and the other
// reads it from a line that it waits for. The first one goes to the next slot of its own
// p, because whoever wakes one partner mostly parks right after.
//
// Goroutines that change processors bring some five cache lines each and cost the thief a barrier. An
// m that takes work looks afterwards how long each of them ran: below a microsecond its p leaves such
// work where it is, unless nobody else runs or who has it does not switch, and tries again
// after a millisecond. While it leaves work it stays and naps, so that nobody wakes it for nothing.

#include "core/sched/proc.h"

#include "arch/arch.h"
#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/sched/runq.h"
#include "core/sched/seed.h"
#include "core/time/timer.h"

#define SPINTICKS 60000  // cputicks that an m spins: some 20 us
#define LATETICKS 10000  // ... after which it takes what another p would run next
#define TINYTICKS 3000   // about a microsecond: what a goroutine costs that changes processors
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

// stealwork looks at every other p once, in random order. late: also takes what they would run next.
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

// unoffer takes back pp's offer to be given a goroutine; returns the one that came before.
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

// backlog: somebody has work that waits. *ticks: the switches of those who have.
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

// judge whether what pp took from others was worth it: goroutines that run for less than they
// cost on their way from one cache to another are better left where they are.
static void
judge(p *pp, uint64_t now)
{
	uint32_t n = load(pp->schedtick) - pp->caughttick;
	if (pp->caughtat && n > 0)
		pp->tiny = (now - pp->caughtat) / n < TINYTICKS;
	pp->caughtat = 0;
}

// spin looks for work for some 20 us; and goes on, with naps, while there is work that it leaves
// to others. NULL: there is none.
static g *
spin(p *pp)
{
	uint64_t start = cputicks(), now = start, first = start;
	uint32_t tick = 0, ticks;
	uint64_t since = 0; // work waits, and who has it has not switched since
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
	timercover(timernext()); // who started one has left it to us
}

// globturn returns one of the global queue, every GLOBTICK switches.
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

// mayrun does what mp is asked to do between two goroutines. False: it may have another p now, or has slept.
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
		// A callback left over from an earlier run has ended on this m. Only thrum_poll may run goroutines now.
		lock(&sched.lock);
		giveback(releasep(mp));
		unlock(&sched.lock);
		pollwake();
		stopm(mp);
		return false;
	}
	return true;
}

// search has mp spin, if few enough do; else it looks into the global queue only.
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
