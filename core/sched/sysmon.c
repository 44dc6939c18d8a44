// SPDX-License-Identifier: MIT
//
// sysmon.c - the monitor: a thread without a p that looks after the others.
//
// It does the following. It fires timers when every m is busy (core/time/keeper.c). It takes the p
// away from an m whose foreign call blocks while work waits. It asks a goroutine whose quantum is
// over to give way (preempt.c). It gives free memory of the heap back to the kernel (heap.c). It
// follows the cgroup's quota, and prints schedtrace. If work waits and a p is idle, because a
// thread could not be started before, it starts an m.
//
// It sleeps 20 us at first. After 50 rounds with nothing to do, it sleeps twice as long each time,
// up to 10 ms. When every p is idle or the world is stopped, it sleeps without a limit. A call that
// blocks must be seen within 100 us all the same. So if a foreign call begins while work waits, the
// caller ends a long sleep of the monitor (sysmonkick). The monitor then looks four times. If it
// found nothing to do, the time until the next kick counts doubles, up to 2 ms, so that short calls
// beside waiting work cost little.
//
// It wakes when the quantum of a goroutine ends for which others wait. While no goroutine waits, no
// quantum counts. So a thread that queues work while the monitor sleeps for longer than a quantum
// wakes it (sysmonslice); for four quanta after that, it wakes by itself. So a running goroutine
// for which no other waits is not disturbed, however short the quantum.
//
// Measured against a timer per thread (timer_create; bench/probe/ticker.c), on a virtual machine,
// where each timer is an exit to the host. The numbers are the speed, in percent, that is left to
// one spinner, with the monitor on the other processor and with a timer of its own:
//
//	a tick every                20 us      50 us      100 us     200 us     1 ms
//	one spinner                 86, 3      86, 62     93, 80     97, 91     99, 98
//	a spinner on both CPUs      68, 4      67, 63     81, 79     91, 91     98, 99
//
// The monitor is about as good or better everywhere. And a thread's timer goes on in foreign code,
// where it would cut blocking calls short. So there is only the monitor.

#include "core/sched/proc.h"

#include "alloc/heap.h"
#include "arch/arch.h"
#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/diag/race.h"
#include "core/diag/schedtrace.h"
#include "core/preempt/preempt.h"
#include "core/sched/runq.h"
#include "core/time/timer.h"

#define SHORT 20000u      // ns
#define LONG 10000000u    // ns
#define IDLEROUNDS 50
#define AFTERKICK 4      // rounds of 20 us after a kick
#define PENALTY 2000000u // ns
#define CPUS 5000000000u   // ns between two looks at the number of processors
#define SIGNALS 100000000u // ns between two looks at the signal handlers
#define AFTERSLICE 4      // quanta for which it stays awake after sysmonslice

// waiting tells whether there is work that pp keeps from running, or that no p takes.
static bool
waiting(p *pp)
{
	return !runqempty(pp) || load(sched.globsize) > 0;
}

// watch looks at one p. *soon: the latest time for the next look. Returns: true if it took a p
// away.
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
	if (sched.polled) // all goroutines run on one thread, and no thread is free to take the p
		return false;
	uint32_t call = load(mp->ncall);
	if (call != pp->sysmoncall) {
		pp->sysmoncall = call;
		pp->sysmoncallwhen = now;
		return false;
	}
	// After a while also without waiting work, so that an idle process is seen to be idle.
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

// dream sleeps long: without a limit if nothing runs, else for ns. Returns: the event that has
// ended the sleep.
static int
dream(uint64_t ns)
{
	lock(&sched.lock);
	bool forgood = ns >= LONG && allidle() && !debug.schedtrace;
	noteclear(&sched.sysmonnote);
	sched.slicekicked = false;
	uint64_t most = timermonitor(forgood ? heapidle() : ns);
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
	if (forgood) // or only because a goroutine runs again
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
			if (kicked) { // kicked, and found nothing
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
		uint64_t scavenge = heapscavenge(now);
		if (scavenge < soon)
			soon = scavenge;
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
