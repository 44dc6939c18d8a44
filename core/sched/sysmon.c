// SPDX-License-Identifier: MIT
//
// sysmon.c - a thread without a p that looks after the others.
//
// It takes the p away from an m whose foreign call blocks while work waits, asks a goroutine that
// has run for 10 ms to give way, follows the cgroup's quota, starts an m when work waits and a p is idle (a
// thread could not be started before), and prints schedtrace.
//
// It sleeps 20 us at first; after 50 rounds without anything to do twice as long each time, up
// to 10 ms; and for good when every p is idle or the world is stopped. To see a call that
// blocks within 100 us all the same, who begins a foreign call while work waits ends its long sleep
// (sysmonkick). It then looks four times; when that was for nothing, the time until the next
// kick counts doubles, up to 2 ms, so that short calls beside waiting work cost little.

#include "core/sched/proc.h"
#include "core/sched/race.h"

#include "arch/arch.h"
#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/diag/schedtrace.h"
#include "core/sched/runq.h"

#define SHORT 20000u      // ns
#define LONG 10000000u    // ns
#define IDLEROUNDS 50
#define AFTERKICK 4      // rounds of 20 us after its sleep was ended
#define PENALTY 2000000u // ns
#define CPUS 5000000000u   // ns between two looks at the number of processors
#define SLICE 10000000u   // ns that a goroutine runs before it is asked to give way

// waiting: there is work that pp keeps from running, or that nobody takes.
static bool
waiting(p *pp)
{
	return !runqempty(pp) || load(sched.globsize) > 0;
}

// watch looks at one p; true when it did something.
static bool
watch(p *pp, uint64_t now)
{
	m *mp = loadacq(pp->m);
	if (!mp)
		return false;
	g *gp = load(mp->curg);
	uint32_t tick = load(pp->schedtick), call = load(mp->ncall);
	if (tick != pp->sysmontick) {
		pp->sysmontick = tick;
		pp->sysmonwhen = now;
	} else if (now - pp->sysmonwhen > SLICE && (waiting(pp) || (load(sched.mainexited) && mp == sched.runner))) {
		atomic_fetch_or(&pp->claim, ClaimSlice);
		preemptone(pp);
		pp->sysmonwhen = now;
	}
	if (!gp || !load(mp->incall))
		return false;
	if (call != pp->sysmoncall) {
		pp->sysmoncall = call;
		pp->sysmoncallwhen = now;
		return false;
	}
	// Without work too after a while, so that an idle process is seen to be one.
	if (!waiting(pp) && now - pp->sysmoncallwhen < LONG)
		return false;
	if (!retake(pp, false, call))
		return false;
	sched.nretake++;
	handoffp(pp);
	return true;
}

static bool
allidle(void)
{
	return load(sched.stopping) || (load(sched.npidle) == load(sched.nprocs) && load(sched.globsize) == 0);
}

// dream sleeps long: for good when nothing runs, else for ns; true when somebody ended it.
static bool
dream(uint64_t ns)
{
	lock(&sched.lock);
	bool forgood = ns >= LONG && allidle() && !debug.schedtrace;
	noteclear(&sched.sysmonnote);
	store(sched.sysmonwait, forgood);
	store(sched.sysmonslow, true);
	unlock(&sched.lock);
	bool kicked = true;
	if (forgood)
		notesleep(&sched.sysmonnote);
	else
		kicked = notetsleep(&sched.sysmonnote, ns);
	lock(&sched.lock);
	store(sched.sysmonslow, false);
	store(sched.sysmonwait, false);
	unlock(&sched.lock);
	return kicked;
}

static void *
sysmon(void *unused)
{
	uint64_t delay = SHORT, penalty = 0, lasttrace = nanotime(), lastcpus = lasttrace;
	uint32_t idle = 0;
	bool kicked = false;
	(void)unused;
	raceignore();
	store(sched.sysmontid, ostid());
	osprompt();
	for (;;) {
		if (delay <= 2 * SHORT) {
			osnap(delay);
		} else {
			if (kicked) { // and found nothing
				penalty = penalty ? 2 * penalty : 5 * SHORT;
				if (penalty > PENALTY)
					penalty = PENALTY;
				osnap(penalty);
			}
			if ((kicked = dream(delay))) {
				delay = SHORT;
				idle = IDLEROUNDS - AFTERKICK;
				osnap(delay);
			}
		}
		uint64_t now = nanotime();
		bool did = false;
		for (uint32_t i = 0; i < load(sched.nprocs) && !load(sched.stopping); i++)
			did |= watch(allp[i], now);
		if (needwake() && load(sched.globsize) > 0)
			wakep();
		if (debug.schedtrace && now - lasttrace >= (uint64_t)debug.schedtrace * 1000000) {
			lasttrace = now;
			schedtrace(debug.scheddetail);
		}
		if (now - lastcpus > CPUS) {
			lastcpus = now;
			followcpus();
		}
		if (did) {
			idle = 0;
			delay = SHORT;
			penalty = 0;
			kicked = false;
		} else if (++idle > IDLEROUNDS && delay < LONG) {
			delay *= 2;
		}
	}
	return NULL;
}

void
sysmonstart(void)
{
	lock(&sched.lock);
	bool mine = !sched.sysmonon && sched.started && !sched.polled;
	if (mine)
		sched.sysmonon = true;
	unlock(&sched.lock);
	if (!mine)
		return;
	if (osthread(sysmon, NULL, true) != 0) {
		static _Atomic bool warned;
		if (!atomic_exchange(&warned, true))
			print("thrum: warning: the monitor thread cannot be started: calls that block keep their p\n");
		lock(&sched.lock);
		sched.sysmonon = false;
		store(sched.sysmonslow, true); // the next call beside waiting work tries again
		unlock(&sched.lock);
	}
}

void
sysmonkick(void)
{
	if (!sched.sysmonon) {
		sysmonstart();
		return;
	}
	lock(&sched.lock);
	if (load(sched.sysmonslow)) {
		store(sched.sysmonslow, false);
		notewakeup(&sched.sysmonnote);
	}
	unlock(&sched.lock);
}
