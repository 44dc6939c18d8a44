// SPDX-License-Identifier: MIT
//
// sysmon.c - a thread without a p that looks after the others.
//
// It fires timers that nobody else does, because every m is busy (core/time/keeper.c), takes the p away from an m
// whose foreign call blocks while work waits, asks a goroutine whose quantum is over to give way (preempt.c),
// follows the cgroup's quota, starts an m when work waits and a p is idle (a
// thread could not be started before), and prints schedtrace.
//
// It sleeps 20 us at first; after 50 rounds without anything to do twice as long each time, up
// to 10 ms; and for good when every p is idle or the world is stopped. To see a call that
// blocks within 100 us all the same, who begins a foreign call while work waits ends its long sleep
// (sysmonkick). It then looks four times; when that was for nothing, the time until the next
// kick counts doubles, up to 2 ms, so that short calls beside waiting work cost little.
//
// It wakes when the quantum of a goroutine ends that others wait for. While nobody waits no quantum counts, so who
// queues work while it sleeps for longer than a quantum wakes it (sysmonslice); for four quanta it is then there by
// itself. So a spinner that nobody waits for is not disturbed, however short the quantum.
//
// Measured against a timer per thread (timer_create; bench/probe/ticker.c), on a virtual machine, where each timer is an
// exit to the host. The speed that is left to one spinner, with the monitor on the other processor and with a timer of
// its own: a tick every 20 us 86 % and 3 %, 50 us 86 and 62, 100 us 93 and 80, 200 us 97 and 91, 1 ms 99 and 98. With a
// spinner on each of both processors: 68 and 4, 67 and 63, 81 and 79, 91 and 91, 98 and 99. The monitor is nowhere the worse. And a thread's
// timer goes on in foreign code, where it would cut blocking calls short. So there is only the monitor.

#include "core/sched/proc.h"
#include "core/diag/race.h"

#include "arch/arch.h"
#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/diag/schedtrace.h"
#include "core/preempt/preempt.h"
#include "core/sched/runq.h"
#include "core/time/timer.h"

#define SHORT 20000u      // ns
#define LONG 10000000u    // ns
#define IDLEROUNDS 50
#define AFTERKICK 4      // rounds of 20 us after its sleep was ended
#define PENALTY 2000000u // ns
#define CPUS 5000000000u   // ns between two looks at the number of processors
#define SIGNALS 100000000u // ns between two looks at the handlers of signals
#define AFTERSLICE 4      // quanta for which it stays awake after sysmonslice

// waiting: there is work that pp keeps from running, or that nobody takes.
static bool
waiting(p *pp)
{
	return !runqempty(pp) || load(sched.globsize) > 0;
}

// watch looks at one p; true when it did something. *soon: when to look again at the latest.
static bool
watch(p *pp, uint64_t now, uint64_t *soon)
{
	m *mp = loadacq(pp->m);
	if (!mp)
		return false;
	bool waits = waiting(pp);
	uint64_t again = slice(pp, mp, now, waits || (load(sched.mainexited) && mp == sched.runner));
	if (again < *soon)
		*soon = again;
	if (!load(mp->curg) || !load(mp->incall))
		return false;
	if (sched.polled) // all run on one thread, which would find no p behind the call
		return false;
	uint32_t call = load(mp->ncall);
	if (call != pp->sysmoncall) {
		pp->sysmoncall = call;
		pp->sysmoncallwhen = now;
		return false;
	}
	// Without work too after a while, so that an idle process is seen to be one.
	uint64_t lasted = now - pp->sysmoncallwhen;
	if (!waits && lasted < LONG)
		return false;
	if (!retake(pp, false, call, lasted))
		return false;
	if (waits)
		heldup(lasted);
	sched.nretake++;
	handoffp(pp);
	return true;
}

static bool
allidle(void)
{
	return load(sched.stopping) || (load(sched.npidle) == load(sched.nprocs) && load(sched.globsize) == 0);
}

enum { InTime, Kicked, Slice };

// dream sleeps long: for good when nothing runs, else for ns. Returns what has ended it.
static int
dream(uint64_t ns)
{
	lock(&sched.lock);
	bool forgood = ns >= LONG && allidle() && !debug.schedtrace;
	noteclear(&sched.sysmonnote);
	sched.slicekicked = false;
	uint64_t most = timermonitor(forgood ? NEVER : ns);
	forgood = most == NEVER;
	store(sched.sysmonwait, forgood);
	store(sched.sysmonslow, true);
	store(sched.sliceslow, ns > shortestquantum() && !forgood);
	unlock(&sched.lock);
	bool kicked = true;
	if (forgood)
		notesleep(&sched.sysmonnote);
	else
		kicked = notetsleep(&sched.sysmonnote, most);
	lock(&sched.lock);
	timerwoken();
	if (forgood) // or only because somebody runs again
		kicked = !load(sched.sysmonslow);
	store(sched.sysmonslow, false);
	store(sched.sliceslow, false);
	store(sched.sysmonwait, false);
	bool slicekicked = sched.slicekicked;
	unlock(&sched.lock);
	return slicekicked ? Slice : kicked ? Kicked : InTime;
}

static void *
sysmon(void *unused)
{
	uint64_t delay = SHORT, penalty = 0, now = nanotime(), lasttrace = now, lastcpus = now, lastsignals = 0, soon = UINT64_MAX;
	uint32_t idle = 0, quanta = 0;
	bool kicked = false;
	(void)unused;
	raceignore();
	store(sched.sysmontid, ostid());
	osprompt();
	timerwoken();
	for (;;) {
		uint64_t sleep = delay;
		if (quanta > 0 && sleep > shortestquantum())
			sleep = shortestquantum();
		if (quanta > 0)
			quanta--;
		if (soon != UINT64_MAX) {
			uint64_t at = nanotime(), left = soon > at ? soon - at : 0;
			if (left < sleep)
				sleep = left;
		}
		if (sleep <= 2 * SHORT) {
			if (sleep > 0)
				osnap(sleep);
		} else {
			if (kicked) { // and found nothing
				penalty = penalty ? 2 * penalty : 5 * SHORT;
				if (penalty > PENALTY)
					penalty = PENALTY;
				if (penalty < sleep)
					osnap(penalty);
			}
			int why = dream(sleep);
			kicked = why == Kicked;
			if (kicked) {
				delay = SHORT;
				idle = IDLEROUNDS - AFTERKICK;
				osnap(delay);
			} else if (why == Slice) {
				quanta = AFTERSLICE;
			}
		}
		now = nanotime();
		soon = UINT64_MAX;
		store(sched.coarse, cputicks());
		bool did = timerlate(now) > 0;
		for (uint32_t i = 0; i < load(sched.nprocs) && !load(sched.stopping); i++)
			did |= watch(allp[i], now, &soon);
		if (load(sched.npidle) != 0 && load(sched.nmspinning) == 0 && load(sched.globsize) > 0)
			wakep();
		if (debug.schedtrace && now - lasttrace >= (uint64_t)debug.schedtrace * 1000000) {
			lasttrace = now;
			schedtrace(debug.scheddetail);
		}
		if (now - lastcpus > CPUS) {
			lastcpus = now;
			followcpus();
		}
		if (now - lastsignals > SIGNALS) {
			lastsignals = now;
			osonstack();
		}
		if (did) {
			idle = 0;
			delay = SHORT;
			penalty = 0;
			kicked = false;
		} else if (++idle > IDLEROUNDS && delay < LONG) {
			delay = 2 * delay < LONG ? 2 * delay : LONG;
		}
	}
	return NULL;
}

void
sysmonfork(void)
{
	sched.sysmonon = false;
	store(sched.sysmonwait, false);
	store(sched.sysmonslow, true);
	store(sched.sysmontid, 0);
}

void
sysmonstart(void)
{
	lock(&sched.lock);
	bool mine = !sched.sysmonon && sched.started && !sched.polled && !debug.seeded;
	if (mine)
		sched.sysmonon = true;
	unlock(&sched.lock);
	if (!mine)
		return;
	stormstart();
	if (newthread(sysmon, NULL, true) != 0) {
		static _Atomic bool warned;
		if (!atomic_exchange(&warned, true))
			print("thrum: warning: the monitor thread cannot be started (see ulimit -u, pids.max): calls that block keep their P\n");
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
		timerwoken();
		notewakeup(&sched.sysmonnote);
	}
	unlock(&sched.lock);
}

void
sysmonslice(void)
{
	lock(&sched.lock);
	bool slow = load(sched.sliceslow);
	store(sched.sliceslow, false);
	unlock(&sched.lock);
	if (!slow)
		return;
	sliceover();
	lock(&sched.lock);
	if (load(sched.sysmonslow)) {
		store(sched.sysmonslow, false);
		sched.slicekicked = true;
		notewakeup(&sched.sysmonnote);
	}
	unlock(&sched.lock);
}
